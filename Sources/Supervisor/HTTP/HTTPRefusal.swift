/// Why a request is refused, as sent to the client.
package struct HTTPRefusal: Error, Sendable, Equatable {
    package var status: Int
    /// A sentence for people.
    package var reason: String

    package init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    package var response: HTTPResponse {
        var response = HTTPResponse.text(status, reason)
        if status == 405 { response.headers.append((name: "Allow", value: "GET, HEAD")) }
        return response
    }
}
