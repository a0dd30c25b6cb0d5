import APICalls
import Cryptography
import JSON

/// A user's phone number from WeChat. Nothing prints it.
package struct OpenPhoneNumber: Sendable, Equatable, Redacted {
    private static let longestNumber = 32
    /// E.164 allows 15 digits with the country's code; WeChat's test numbers are not held to it.
    private static let subscriberDigits = 3...20
    private static let countryDigits = 1...4
    private static let mainlandChina = "86"

    /// With the country's code where it is a foreign one: 1 to 32 digits, `+` and `-`.
    package let phoneNumber: String
    /// Without the country's code; 1 to 32 digits, `+` and `-`.
    package let purePhoneNumber: String
    /// Such as `86`; empty if WeChat did not return it.
    package let countryCode: String

    /// The number to record: numbers of mainland China without a country code, all others with `+` and the country
    /// code. WeChat may omit the `+`, and `1` with the ten digits of an American number then looks like a Chinese
    /// mobile number.
    ///
    /// If the three members do not agree, this is `phoneNumber` as received.
    package var number: String {
        guard isConsistent else { return phoneNumber }
        return countryCode == Self.mainlandChina ? purePhoneNumber : "+" + countryCode + purePhoneNumber
    }

    /// Takes the three members as WeChat names them.
    package init(phoneNumber: String, purePhoneNumber: String, countryCode: String) {
        self.phoneNumber = phoneNumber
        self.purePhoneNumber = purePhoneNumber
        self.countryCode = countryCode
    }

    /// The number in WeChat's own response, which TLS protects; nil if there is none or it is invalid.
    init?(_ node: JSONNode) {
        guard let phoneNumber = node["phoneNumber"]?.string, Self.isNumber(phoneNumber) else { return nil }
        let pure = node["purePhoneNumber"]?.string ?? phoneNumber
        let code = Self.countryCode(node["countryCode"]) ?? ""
        guard Self.isNumber(pure), code.isEmpty || Self.isNumber(code) else { return nil }
        self.init(phoneNumber: phoneNumber, purePhoneNumber: pure, countryCode: code)
    }

    /// The number in decrypted open data, which a client may have altered: nil unless all three members are present,
    /// consist of digits, and agree.
    init?(openData node: JSONNode) {
        guard let phoneNumber = node["phoneNumber"]?.string, let pure = node["purePhoneNumber"]?.string,
            let code = Self.countryCode(node["countryCode"])
        else { return nil }
        self.init(phoneNumber: phoneNumber, purePhoneNumber: pure, countryCode: code)
        guard isConsistent else { return nil }
    }

    /// `countryCode` is a string in WeChat's text and a number in its sample.
    private static func countryCode(_ node: JSONNode?) -> String? {
        node?.integer.map(String.init) ?? node?.string
    }

    /// Reads the response of `getuserphonenumber`, whose number must belong to the app.
    static func read(_ response: APIResponse, appID: String) -> Result<OpenPhoneNumber, WeChatFailure> {
        OpenAPIResponse.read(response, of: .withAccessToken).flatMap { body in
            guard let info = body.node["phone_info"], let number = OpenPhoneNumber(info),
                info["watermark"]?["appid"].map({ $0.string == appID }) ?? true
            else { return .failure(WeChatFailure(.unintelligible(status: response.status))) }
            return .success(number)
        }
    }

    /// Whether all three members are digits and agree. `phoneNumber` has no country code for mainland China, and has
    /// one for other countries; WeChat does not document whether a `+` precedes it.
    private var isConsistent: Bool {
        let (whole, pure, code) = (phoneNumber.utf8, purePhoneNumber.utf8, countryCode.utf8)
        guard Self.isDigits(pure, Self.subscriberDigits), Self.isDigits(code, Self.countryDigits),
            code.first != UInt8(ascii: "0")
        else { return false }
        if countryCode == Self.mainlandChina, whole.elementsEqual(pure) { return true }
        let digits = whole.first == UInt8(ascii: "+") ? whole.dropFirst() : whole[...]
        return digits.count == code.count + pure.count && digits.starts(with: code)
            && digits.dropFirst(code.count).elementsEqual(pure)
    }

    private static func isDigits(_ text: String.UTF8View, _ count: ClosedRange<Int>) -> Bool {
        count.contains(text.count) && text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isNumber(_ text: String) -> Bool {
        (1...longestNumber).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "+")
                    || byte == UInt8(ascii: "-")
            }
    }
}
