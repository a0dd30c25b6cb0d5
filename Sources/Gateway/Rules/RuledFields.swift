import Cryptography

/// Whole field lines that a route's rules give a request and its answer.
struct RuledFields {
    /// For the service.
    var request: [UInt8] = []
    /// For the client, whoever answers.
    var response: [UInt8] = []
    /// For the client, where the service answers.
    var serviceResponse: [UInt8] = []
    /// The same, where the answer is the service's own and holds no token.
    var caching: [UInt8] = []
    /// Whether the request was counted; at most once, however often it waits.
    var isCounted = false
}

/// The field lines may hold a service's credential.
extension RuledFields: Redacted {}
