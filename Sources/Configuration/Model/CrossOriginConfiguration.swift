/// Which pages of other origins may use a route in a browser (the Fetch standard's CORS protocol).
package struct CrossOriginConfiguration: Sendable, Equatable {
    /// The origins in serialised form: `https://h5.example.com`; `*` alone allows all.
    package var origins: [String] = []
    /// Whether a page may send cookies and the like.
    package var credentials = false
    /// Request fields that a page may set, beside the gateway's own, in lower case.
    package var headers: [String] = []
    /// Response fields that a page may read, beside the gateway's own, in lower case.
    package var expose: [String] = []
    /// How long a browser may cache the response to a preflight.
    package var maxAge = Duration.seconds(600)

    init() {}

    /// Whether pages of any origin may use the route.
    package var allowsAll: Bool { origins == ["*"] }
}
