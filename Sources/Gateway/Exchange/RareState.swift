import HTTPWire

/// What only requests have that log in, renew, or wait for something outside their loop. Made when it is needed, so that
/// the others pay one test for nil.
final class RareState {
    /// The head and the normal path, while the request waits.
    var held: HeldRequest?
    /// Comes along with the response.
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
    /// What the route's rules made of this request.
    var ruled = RuledFields()
}

/// A request that waits for something outside its loop, before anything of it was sent to a service.
struct HeldRequest {
    /// Owns its bytes.
    let head: RequestHead
    /// In normal form.
    let path: [UInt8]
}
