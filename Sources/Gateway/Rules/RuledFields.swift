import Cryptography
import HTTPWire

/// The fields that a route's rules give a request and its answer.
struct RuledFields {
    /// For the service.
    var request = FieldBlock()
    /// For the client, whoever answers.
    var response = FieldBlock()
    /// For the client, where the service answers.
    var serviceResponse = FieldBlock()
    /// The same, where the answer is the service's own and holds no token.
    var caching = FieldBlock()
    /// Whether the request was counted; at most once, however often it waits.
    var isCounted = false
}

/// The fields may hold a service's credential.
extension RuledFields: Redacted {}
