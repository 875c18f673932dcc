/// What a client asks for, as far as a read-only server cares: there is never a body.
package struct HTTPRequest: Sendable, Equatable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
    }

    package var method: Method
    /// With escapes resolved, always with a leading `/`, without the query.
    package var path: String
    /// With escapes resolved; of a name that comes twice, the last.
    package var query: [String: String]
    /// By lower-case name; of a name that comes twice, the first.
    package var headers: [String: String]

    package init(
        method: Method = .get, path: String, query: [String: String] = [:], headers: [String: String] = [:]
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
    }
}
