import NIOCore
import Testing

@testable import HTTPWire

@Suite("A field name")
struct FieldNameTests {
    /// Reads a name with bytes behind it, and without: the short way and the long one must agree.
    private func read(_ name: String, _ names: FieldNames = .standard) -> (KnownField, Bool) {
        let padded = ByteBuffer(latin1: name + ": value and more")
        let bare = ByteBuffer(latin1: name)
        let first = names.read(padded.readableBytesSpan, from: 0)
        let second = names.read(bare.readableBytesSpan, from: 0)
        #expect(first.known == second.known && first.isAlias == second.isAlias, "\(name)")
        #expect(first.end == name.unicodeScalars.count && second.end == first.end, "\(name)")
        return (first.known, first.isAlias)
    }

    @Test("is recognised in any case", arguments: rows)
    func listed(_ row: FieldRow) {
        let name = "\(row.name)"
        for spelling in [name, name.uppercased(), name.capitalised] {
            let (known, isAlias) = self.read(spelling)
            #expect(known == row.field && !isAlias, "\(spelling)")
        }
    }

    private static let rows = FieldTable.names + FieldTable.aliases.map { FieldRow(.proxyClaim, $0) }

    @Test("is recognised in every spelling that a framework could read as it", arguments: rows)
    func aliases(_ row: FieldRow) {
        let name = "\(row.name)"
        var spellings = ["\(name)_", "_\(name)", "-\(name)", "\(name)-", "..\(name)~"]
        if name.contains("-") {
            spellings += ["_", ".", "~", "!", "'", "`"].map { name.replacing("-", with: $0) }
            spellings.append(name.uppercased().replacing("-", with: "_"))
        }
        for spelling in spellings {
            let (known, isAlias) = self.read(spelling)
            #expect(known == row.field && isAlias, "\(spelling)")
        }
    }

    @Test("is unknown if it is but like a listed one", arguments: rows)
    func neighbours(_ row: FieldRow) {
        let name = "\(row.name)"
        let listed = Set(Self.rows.map { "\($0.name)" })
        for other in ["\(name)x", "x\(name)", String(name.dropLast()), String(name.dropFirst()), "\(name)-x"]
        where !listed.contains(String(other.trimmingPrefix("-"))) && !listed.contains(other) && !other.isEmpty {
            let (known, isAlias) = self.read(other)
            #expect(
                [.unknown, .wechatFamily, .authFamily, .forwardedFamily, .contentFamily].contains(known),
                "\(other)"
            )
            #expect(known != row.field && !isAlias, "\(other)")
        }
    }

    @Test(
        "belongs to a family by its prefix",
        arguments: [
            ("X-Wx-Anything", KnownField.wechatFamily, false), ("x_wx_foo", .wechatFamily, true),
            ("X.WX-Y", .wechatFamily, true),
            ("x-wx-", .wechatFamily, true), ("x_wx_", .wechatFamily, true), ("x-wx", .unknown, false),
            ("x-wxy", .unknown, false), ("X-Auth-User", .authFamily, false), ("x_auth_user", .authFamily, true),
            ("_x-auth-user", .authFamily, true), ("x-auth-", .authFamily, true),
            ("X-Forwarded-User", .forwardedFamily, false),
            ("x_forwarded_prefix", .forwardedFamily, true), ("x-forwarder-a", .unknown, false),
            ("Content-Security-Policy", .contentFamily, false), ("content_x", .contentFamily, true),
            ("x-wx-0123456789012345678901234567890123456789", .wechatFamily, false),
            ("x_wx_0123456789012345678901234567890123456789", .wechatFamily, true),
            ("x-auth-0123456789-0123456789-0123456", .authFamily, false),
            ("CDN-Cache-Control", .cachingFamily, false), ("a-cache-control", .cachingFamily, false),
            ("cdn_cache_control", .cachingFamily, true), ("CDN-Cache.Control_", .cachingFamily, true),
            ("a-provider-with-a-very-long-name-cache-control", .cachingFamily, false),
            ("a_provider_with_a_very_long_name_cache_control", .cachingFamily, true),
            ("content-cache-control", .cachingFamily, false), ("x-wx-cache-control", .wechatCachingFamily, false),
            ("x_wx_a_cache_control", .wechatCachingFamily, true),
            ("x-forwarded-cache-control", .forwardedCachingFamily, false),
            ("x-auth-cache-control", .authFamily, false), ("xcache-control", .unknown, false),
            ("cdn-cache-controls", .unknown, false), ("cdn-cache-controI", .unknown, false),
            ("x-access-control", .unknown, false), ("cdn-cachE-Control-x", .unknown, false),
        ]
    )
    func families(_ name: String, _ family: KnownField, _ alias: Bool) {
        let (known, isAlias) = self.read(name)
        #expect(known == family && isAlias == alias)
    }

    @Test("of any length is read whole", arguments: 1...70)
    func lengths(_ length: Int) {
        let name = String(repeating: "a", count: length)
        let (known, isAlias) = self.read(name)
        #expect(known == .unknown && !isAlias)
        let underscored = String(repeating: "_", count: length)
        let (other, otherAlias) = self.read(underscored)
        #expect(other == .unknown && !otherAlias)
    }

    @Test("may come from the configuration")
    func configured() throws {
        let names = try #require(
            FieldNames(tokenName: Array("X-Token".utf8), clientKeyNames: [Array("bg-key".utf8), Array("api_key".utf8)])
        )
        #expect(names.tokenField == .token)
        #expect(self.read("x-token", names) == (.token, false))
        #expect(self.read("X_TOKEN", names) == (.token, true))
        #expect(self.read("BG-Key", names) == (.clientKey, false))
        #expect(self.read("bg.key", names) == (.clientKey, true))
        #expect(self.read("authorization", names) == (.authorization, false))
        #expect(self.read("x-token") == (.unknown, false))
    }

    @Test("from the configuration has its rules for itself, also where others share the listed ones")
    func configuredAlias() throws {
        let names = try #require(
            FieldNames(tokenName: Array("Remote-User".utf8), clientKeyNames: [Array("x_client_ip".utf8)])
        )
        #expect(names.tokenField == .token)
        #expect(self.read("remote_user", names) == (.token, true))
        #expect(self.read("X-Client-IP", names) == (.clientKey, false))
        #expect(self.read("x-remote-user", names) == (.proxyClaim, false))
        #expect(self.read("remote-user") == (.proxyClaim, false))
    }

    @Test("from the configuration keeps its own rules where it is listed")
    func configuredListed() throws {
        let plain = try #require(
            FieldNames(tokenName: Array("Authorization".utf8), clientKeyNames: [Array("cookie".utf8)])
        )
        #expect(plain.tokenField == .authorization)
        #expect(self.read("cookie", plain) == (.cookie, false))
        #expect(FieldNames(tokenName: [], clientKeyNames: []) == nil)
        #expect(FieldNames(tokenName: Array("a b".utf8), clientKeyNames: []) == nil)
        #expect(FieldNames(tokenName: Array("__".utf8), clientKeyNames: []) == nil)
        #expect(FieldNames(tokenName: Array(repeating: 0x61, count: 33), clientKeyNames: []) == nil)
        #expect(FieldNames(tokenName: Array("a".utf8), clientKeyNames: (0..<300).map { Array("k\($0)".utf8) }) == nil)
    }

    @Test("has one row in the policy table at most")
    func table() {
        let rows = FieldTable.names + FieldTable.families + FieldTable.unnamed
        #expect(Set(rows.map(\.field)).count == rows.count)
        #expect(rows.count == KnownField.allCases.count - 1)
        let names = (FieldTable.names + FieldTable.families).map { "\($0.name)" } + FieldTable.aliases.map { "\($0)" }
        #expect(Set(names).count == names.count)
        #expect(Self.rows.allSatisfy { $0.name.utf8CodeUnitCount <= FieldNames.longest })
        // Room for the names of the configuration.
        #expect(Self.rows.count + 101 < 255)
        #expect(KnownField.allCases.allSatisfy { $0.rawValue < 128 })
    }

    @Test("is in a set or not")
    func sets() {
        for field in KnownField.allCases {
            var set: KnownFieldSet = [field]
            #expect(KnownField.allCases.filter(set.contains) == [field])
            #expect(set.union(.protected).subtracting([field]) == KnownFieldSet.protected.subtracting([field]))
            set.remove(field)
            #expect(set == [])
        }
    }
}

extension String {
    fileprivate var capitalised: String {
        self.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "-")
    }
}
