import Testing
import WeChat

@Suite("Encrypted phone numbers")
struct OpenPhoneNumberTests {
    private static let watermark = SealedData.watermark
    private static let members = #""phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":"86""#

    @Test(
        "phone numbers, the country's code as text or number, and what is recorded",
        arguments: [
            ("13580006666", "13580006666", #""86""#, "13580006666"),
            ("13580006666", "13580006666", "86", "13580006666"),
            ("+8613580006666", "13580006666", #""86""#, "13580006666"),
            ("8613580006666", "13580006666", #""86""#, "13580006666"),
            ("+85298765432", "98765432", "852", "+85298765432"),
            ("85298765432", "98765432", #""852""#, "+85298765432"),
            // Without its "+" this American number reads as a Chinese one.
            ("13801380000", "3801380000", #""1""#, "+13801380000"),
        ]
    )
    func phoneNumbers(_ whole: String, _ pure: String, _ country: String, _ recorded: String) throws {
        let members = #""phoneNumber":"\#(whole)","purePhoneNumber":"\#(pure)","countryCode":\#(country)"#
        let number = try SealedData("{\(members),\(Self.watermark)}").phoneNumber()
        #expect(number.phoneNumber == whole && number.purePhoneNumber == pure && number.number == recorded)
        // Members that no kind of open data knows, in any place, are ignored.
        let more = #"{"is_demote":true,\#(members),"x":{"nickName":"n"},\#(Self.watermark)}"#
        #expect(try SealedData(more).phoneNumber() == number)
    }

    static let shapes: [(phoneNumber: String?, pure: String?, country: String?)] = [
        // One of the three is not there, or of another type.
        (nil, #""13580006666""#, #""86""#), (#""13580006666""#, nil, #""86""#),
        (#""13580006666""#, #""13580006666""#, nil),
        ("null", #""13580006666""#, #""86""#), (#""13580006666""#, #""13580006666""#, "null"),
        ("13580006666", #""13580006666""#, #""86""#), (#""13580006666""#, "13580006666", #""86""#),
        (#""13580006666""#, #""13580006666""#, "86.0"), (#""13580006666""#, #""13580006666""#, "[86]"),
        // They do not tell one number.
        (#""13800138000""#, #""13580006666""#, #""86""#), (#""13580006666""#, #""13580006666""#, #""852""#),
        (#""98765432""#, #""98765432""#, #""852""#), (#""+98765432""#, #""98765432""#, #""852""#),
        (#""+85398765432""#, #""98765432""#, #""852""#), (#""++85298765432""#, #""98765432""#, #""852""#),
        (#""+13580006666""#, #""13580006666""#, #""86""#), (#""+868613580006666""#, #""13580006666""#, #""86""#),
        // They are no digits, or none that a number has.
        (#""""#, #""""#, #""86""#), (#""12""#, #""12""#, #""86""#),
        (#""135 8000 6666""#, #""135 8000 6666""#, #""86""#),
        (#""+852-9876-5432""#, #""9876-5432""#, #""852""#), (#""+852-98765432""#, #""98765432""#, #""852""#),
        (#""1358000\r\nx: y""#, #""1358000\r\nx: y""#, #""86""#), (#""１３５８""#, #""１３５８""#, #""86""#),
        (#""13580006666""#, #""13580006666""#, #""CN""#), (#""+13580006666""#, #""13580006666""#, #""""#),
        (#""013580006666""#, #""13580006666""#, #""0""#), (#""+08613580006666""#, #""13580006666""#, #""086""#),
        (#""-113580006666""#, #""13580006666""#, "-1"), (#""1234512345678""#, #""12345678""#, #""12345""#),
        (#""111111111111111111111""#, #""111111111111111111111""#, #""86""#),
    ]

    @Test("three members that do not tell one number in digits are refused", arguments: shapes)
    func noPhoneNumber(_ shape: (phoneNumber: String?, pure: String?, country: String?)) throws {
        let members = [
            ("phoneNumber", shape.phoneNumber), ("purePhoneNumber", shape.pure), ("countryCode", shape.country),
        ].compactMap { name, value in value.map { #""\#(name)":\#($0)"# } }
        let json = "{" + (members + [Self.watermark]).joined(separator: ",") + "}"
        #expect(throws: OpenDataFault()) { try SealedData(json).phoneNumber() }
    }

    @Test(
        "a phone number beside a member of user data is refused, wherever it stands and whatever it holds",
        arguments: [
            #""openId":"o""#, #""unionId":"u""#, #""nickName":"n""#, #""nickName":null"#, #""gender":1"#,
            #""language":"zh_CN""#, #""city":"""#, #""province":"p""#, #""country":"CN""#, #""avatarUrl":"https://a""#,
            #""nick\u004eame":"n""#,
        ]
    )
    func mixedKinds(_ member: String) throws {
        let number = "\(Self.members),\(Self.watermark)"
        for json in ["{\(member),\(number)}", "{\(number),\(member)}"] {
            #expect(throws: OpenDataFault()) { try SealedData(json).phoneNumber() }
        }
    }

    @Test(
        "a member that stands twice is refused, however it is spelt",
        arguments: [
            #""phoneNumber":"13580006666""#, #""countryCode":"86""#, #""phoneN\u0075mber":"13580006666""#, watermark,
            #""x":1,"x":1"#,
        ]
    )
    func duplicates(_ member: String) throws {
        let sealed = try SealedData("{\(Self.members),\(Self.watermark),\(member)}")
        #expect(throws: OpenDataFault()) { try sealed.phoneNumber() }
    }

    @Test(
        "a phone number is good for ten minutes, with a minute for clocks that differ",
        arguments: [
            (0, true), (600, true), (601, false), (-60, true), (-61, false), (86_400, false),
        ]
    )
    func age(_ seconds: Int64, _ isGood: Bool) throws {
        let sealed = try SealedData("{\(Self.members),\(Self.watermark)}")
        #expect(((try? sealed.phoneNumber(now: SealedData.now + seconds)) != nil) == isGood)
    }

    @Test(
        "a phone number whose watermark tells no time is refused",
        arguments: [
            #"{"appid":"wx1"}"#, #"{"appid":"wx1","timestamp":"1477314187"}"#, #"{"appid":"wx1","timestamp":null}"#,
            #"{"appid":"wx1","timestamp":1477314187.0}"#, #"{"appid":"wx1","timestamp":-9223372036854775808}"#,
            #"{"appid":"wx1","timestamp":9223372036854775807}"#, #"{"appid":"wx1","timestamp":0}"#,
            #"{"timestamp":1477314187}"#,
        ]
    )
    func noTime(_ watermark: String) throws {
        let sealed = try SealedData(#"{\#(Self.members),"watermark":\#(watermark)}"#)
        #expect(throws: OpenDataFault()) { try sealed.phoneNumber() }
    }
}
