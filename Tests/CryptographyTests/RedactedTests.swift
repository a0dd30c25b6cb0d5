import Cryptography
import Testing

@Suite("What a redacted value shows")
struct RedactedTests {
    private struct Hidden: Redacted {
        let key = "hush"
    }

    private struct Named: Redacted {
        let id = "k1"
        let expiresAt = 7
        let key = "hush"
        var visibleMembers: KeyValuePairs<String, Any> { ["id": id, "expiresAt": expiresAt] }
    }

    private final class Shared: Redacted {
        let key = "hush"
    }

    private func texts(_ value: some Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(reflecting: value), "\([value])", "\(Optional(value) as Any)", dumped]
    }

    @Test("is its type's name, however it is printed")
    func hidden() {
        #expect("\(Hidden())" == "Hidden")
        #expect(String(reflecting: Shared()) == "Shared")
        for text in texts(Hidden()) + texts(Shared()) { #expect(!text.contains("hush"), "\(text)") }
    }

    @Test("has the visible members behind it, and no others")
    func named() {
        #expect("\(Named())" == "Named(id: k1, expiresAt: 7)")
        #expect(Mirror(reflecting: Named()).children.map(\.label) == ["id", "expiresAt"])
        for text in texts(Named()) { #expect(text.contains("k1") && !text.contains("hush"), "\(text)") }
    }

    @Test("is the same inside another value")
    func nested() {
        struct Outer {
            let inner = Named()
        }
        for text in texts(Outer()) { #expect(!text.contains("hush"), "\(text)") }
    }
}
