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

extension RuledFields: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The same words for all: there may be a service's credential in it.
    var description: String { "(field lines)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: [Mirror.Child]()) }
}
