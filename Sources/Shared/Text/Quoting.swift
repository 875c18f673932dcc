/// What a person wrote, for a message: in quotes, short, without control characters.
package func quoted(_ text: String) -> String {
    let short = text.count > 60 ? text.prefix(57) + "..." : text[...]
    return "'\(escaped(short.utf8))'"
}
