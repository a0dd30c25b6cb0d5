import HTTPWire

/// What only requests have that log in, renew, or wait for something outside their loop. Made when it is needed, so that
/// the others pay one test for nil.
final class RareState {
    /// The head and the normal path, while the request waits.
    var held: HeldRequest?
    /// Comes along with the answer.
    var newToken: NewToken?
    /// From the query, decoded.
    var queryToken: [UInt8]?
    var queryCode: [UInt8]?
    var queryAppID: [UInt8]?
    /// The user's phone number, for the service; nil where it is not known.
    var phone: [UInt8]?
    /// The protocols to which it may change.
    var upgrade: UpgradeOffer?
    /// Each is asked for at most once.
    var hasRequestedRenewal = false
    var hasRequestedPhone = false
    /// Whether the call of an operator is refused if its body holds something.
    var wantsNoContent = false
    /// What the route's rules made of this request.
    var ruled = RuledFields()
}

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

/// A request that waits for something outside its loop, before anything of it was sent to a service.
struct HeldRequest {
    /// Owns its bytes.
    let head: RequestHead
    /// In normal form.
    let path: [UInt8]
}

extension RuledFields: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The same words for all: there may be a service's credential in it.
    var description: String { "(field lines)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: [Mirror.Child]()) }
}
