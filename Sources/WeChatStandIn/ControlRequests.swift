import JSON
import NIOCore

/// Why a `/stand-in/…` request was refused, for the developer of the request.
struct ControlFault: Error, Equatable {
    var message: String
    init(_ message: String) { self.message = message }
}

/// The body of `POST /stand-in/codes`.
struct CodeOrder: Equatable {
    var openid: String?
    var unionid: String?
    var appID: String?

    /// Reads the body; an empty one asks for a new user.
    init(_ body: [UInt8]) throws(ControlFault) {
        let members = try ControlBody(body, allowed: ["openid", "unionid", "appId"])
        openid = try members.identifier("openid")
        unionid = try members.identifier("unionid")
        appID = try members.identifier("appId")
    }
}

extension Fault {
    /// The maximum number of calls for one fault.
    static let maximumCount: Int64 = 1_000_000
    /// The longest delay.
    static let maximumDelay = TimeAmount.minutes(10)

    /// Reads the body of `POST /stand-in/faults`.
    init(_ body: [UInt8]) throws(ControlFault) {
        let members = try ControlBody(body, allowed: ["fault", "endpoint", "count", "delay", "errcode"])
        let names = FaultKind.allCases.map(\.rawValue).joined(separator: ", ")
        guard let name = try members.string("fault"), let kind = FaultKind(rawValue: name) else {
            throw ControlFault("\"fault\" must be one of \(names)")
        }
        self.init(kind: kind)
        if let name = try members.string("endpoint") {
            guard let endpoint = Endpoint(rawValue: name) else {
                throw ControlFault(
                    "\"endpoint\" must be one of \(Endpoint.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            guard endpoint == .codeToSession || !kind.isOfLogin else {
                throw ControlFault("\"\(kind.rawValue)\" is for \(Endpoint.codeToSession.rawValue) only")
            }
            self.endpoint = endpoint
        }
        if let count = try members.integer("count") {
            guard (1...Self.maximumCount).contains(count) else {
                throw ControlFault("\"count\" must be between 1 and \(Self.maximumCount)")
            }
            self.count = Int(count)
        }
        if let errcode = try members.integer("errcode") {
            guard kind == .errcode, errcode != 0, let errcode = Int32(exactly: errcode) else {
                throw ControlFault("\"errcode\" goes with \"fault\": \"errcode\" and is a 32-bit number other than 0")
            }
            self.errcode = Int(errcode)
        } else if kind == .errcode {
            throw ControlFault("\"errcode\" is missing: the error code that the stand-in returns")
        }
        if let delay = try members.duration("delay", atMost: Self.maximumDelay, "10m") {
            self.delay = delay
        } else if kind == .slow {
            delay = Self.slowDelay
        }
    }
}

/// The body of `POST /stand-in/phone-codes`.
struct PhoneCodeOrder: Equatable {
    var phoneNumber: String?
    var countryCode: String?
    var appID: String?

    /// Reads the body; an empty one asks for a new number.
    init(_ body: [UInt8]) throws(ControlFault) {
        let members = try ControlBody(body, allowed: ["phoneNumber", "countryCode", "appId"])
        phoneNumber = try members.digits("phoneNumber")
        countryCode = try members.digits("countryCode")
        appID = try members.identifier("appId")
    }
}

/// The body of `POST /stand-in/settings`; omitted settings stay unchanged.
struct SettingsOrder: Equatable {
    /// The delay of every response of WeChat's API.
    var delay: TimeAmount?
    /// Of access tokens from now on.
    var accessTokenLifetime: TimeAmount?

    init(_ body: [UInt8]) throws(ControlFault) {
        let members = try ControlBody(body, allowed: ["delay", "accessTokenLifetime"])
        delay = try members.duration("delay", atMost: Fault.maximumDelay, "10m")
        let longest = AccessTokenBook.longestLifetime
        accessTokenLifetime = try members.duration("accessTokenLifetime", atMost: longest, "120m")
        if let lifetime = accessTokenLifetime, lifetime < .seconds(1) {
            throw ControlFault("\"accessTokenLifetime\" must be 1s or more")
        }
    }
}

/// The members of a control request's body, with their types checked.
struct ControlBody {
    private let node: JSONNode?

    init(_ body: [UInt8], allowed: [String]) throws(ControlFault) {
        if body.isEmpty {
            node = nil
            return
        }
        let node: JSONNode
        do {
            node = try JSONReader(maximumDepth: 8).read(body)
        } catch {
            throw ControlFault("the body is not JSON: \(error.description)")
        }
        guard let members = node.members else { throw ControlFault("the body must be a JSON object") }
        for member in members where !allowed.contains(member.name) {
            throw ControlFault("unknown member at byte \(member.nameOffset); known: \(allowed.joined(separator: ", "))")
        }
        self.node = node
    }

    func string(_ name: String) throws(ControlFault) -> String? {
        guard let member = node?[name], !member.isNull else { return nil }
        guard let text = member.string else { throw ControlFault("\"\(name)\" must be a string") }
        return text
    }

    func integer(_ name: String) throws(ControlFault) -> Int64? {
        guard let member = node?[name], !member.isNull else { return nil }
        guard let number = member.integer else { throw ControlFault("\"\(name)\" must be a whole number") }
        return number
    }

    /// A whole number and `ms`, `s` or `m`.
    func duration(_ name: String, atMost longest: TimeAmount, _ limit: String) throws(ControlFault) -> TimeAmount? {
        guard let text = try string(name) else { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        // Seven digits of minutes still fit 64 bits of nanoseconds.
        let number = digits.count <= 7 ? Int64(digits) : nil
        let duration: TimeAmount? =
            switch text.dropFirst(digits.count) {
            case "ms": number.map { .milliseconds($0) }
            case "s": number.map { .seconds($0) }
            case "m": number.map { .minutes($0) }
            default: nil
            }
        guard let duration, duration <= longest else {
            throw ControlFault("\"\(name)\" must be a duration up to \(limit), such as \"250ms\" or \"2s\"")
        }
        return duration
    }

    func digits(_ name: String) throws(ControlFault) -> String? {
        guard let text = try string(name) else { return nil }
        guard (1...20).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw ControlFault("\"\(name)\" must be 1 to 20 digits")
        }
        return text
    }

    func identifier(_ name: String) throws(ControlFault) -> String? {
        guard let text = try string(name) else { return nil }
        let isAllowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isAllowed, (1...64).contains(text.utf8.count) else {
            throw ControlFault("\"\(name)\" must be 1 to 64 letters, digits, - or _")
        }
        return text
    }
}
