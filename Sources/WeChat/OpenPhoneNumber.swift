import APICalls
import JSON

/// A user's phone number as WeChat tells it. Nothing prints it.
package struct OpenPhoneNumber: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private static let longestNumber = 32

    /// With the country's code where it is a foreign one: 1 to 32 digits, `+` and `-`.
    package let phoneNumber: String
    /// Without the country's code; of the same make.
    package let purePhoneNumber: String
    /// Such as `86`; empty where WeChat did not tell it.
    package let countryCode: String

    package init(phoneNumber: String, purePhoneNumber: String, countryCode: String) {
        self.phoneNumber = phoneNumber
        self.purePhoneNumber = purePhoneNumber
        self.countryCode = countryCode
    }

    /// Nil where there is no number, or something that is none. `countryCode` is a string in WeChat's text and a number in
    /// its sample.
    init?(_ node: JSONNode) {
        guard let phoneNumber = node["phoneNumber"]?.string, Self.isNumber(phoneNumber) else { return nil }
        let pure = node["purePhoneNumber"]?.string ?? phoneNumber
        let country = node["countryCode"]
        let code = country?.integer.map(String.init) ?? country?.string ?? ""
        guard Self.isNumber(pure), code.isEmpty || Self.isNumber(code) else { return nil }
        self.init(phoneNumber: phoneNumber, purePhoneNumber: pure, countryCode: code)
    }

    /// Reads the answer of `getuserphonenumber`, in which the number must be that app's.
    static func read(_ response: APIResponse, appID: String) -> Result<OpenPhoneNumber, WeChatFailure> {
        OpenAPIAnswer.read(response, of: .withAccessToken).flatMap { answer in
            guard let info = answer.node["phone_info"], let number = OpenPhoneNumber(info),
                info["watermark"]?["appid"].map({ $0.string == appID }) ?? true
            else { return .failure(WeChatFailure(.unintelligible(status: response.status))) }
            return .success(number)
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        (1...longestNumber).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "+")
                    || byte == UInt8(ascii: "-")
            }
    }

    package var description: String { "OpenPhoneNumber" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
