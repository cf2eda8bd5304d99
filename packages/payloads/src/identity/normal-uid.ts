/**
 * Returns the one form in which Ringer keeps, compares and sends a uid, a guid, or a conversation id, which is made of
 * these: in lower case. CometChat lower-cases uids and guids when users and groups are created, so its webhooks and its own
 * pushes have this form, while an app's own database may have another.
 * https://www.cometchat.com/docs/rest-api/users, https://www.cometchat.com/docs/rest-api/groups
 *
 * Changes only A to Z. CometChat allows no other letters in a uid, and JavaScript lower-cases some of them to plain ones:
 * with the Kelvin sign in place of the k, somebody could pass for another user.
 */
export const normalUid = (id: string): string => id.replace(/[A-Z]+/g, capitals => capitals.toLowerCase())
