import RandomJSON
import Testing

@testable import Gateway

@Suite("Request targets are brought to one normal form")
struct TargetNormalizerTests {
    /// The form and what the path became, which is the path itself where it is unchanged.
    private func normalize(_ path: [UInt8]) -> (form: TargetNormalizer.NormalForm, path: [UInt8]) {
        var scratch = Array("left over".utf8)
        let form = TargetNormalizer.normalize(path: path.span, into: &scratch)
        if case .rewritten = form { return (form, scratch) }
        return (form, path)
    }

    private func normalize(_ path: String) -> (form: TargetNormalizer.NormalForm, path: String) {
        let (form, bytes) = normalize(Array(path.utf8))
        return (form, String(decoding: bytes, as: UTF8.self))
    }

    @Test(
        "Paths in normal form stay as they are",
        arguments: [
            "/", "/a", "/a/", "/a/b.c/...", "/.a/..b/c..", "/a;p=1/b", "/-._~!$&'()*+,;=:@", "/%E8%AE%A2", "/%20%25%2B",
            "/a/..a;", "/a%3B", "/....",
        ]
    )
    func unchanged(_ path: String) {
        #expect(normalize(path).form == .unchanged(hasEmptySegment: false))
    }

    @Test(
        "Unreserved escapes are decoded, the others put into upper case, other printable bytes escaped",
        arguments: [
            ("", "/"), ("/%61%5a%30%2d%2E%5f%7e", "/aZ0-._~"), ("/%e8%ae%a2", "/%E8%AE%A2"), ("/%2b", "/%2B"),
            ("/a\"<>^`{|}b", "/a%22%3C%3E%5E%60%7B%7C%7Db"), ("/a[0]/[b]", "/a%5B0%5D/%5Bb%5D"), ("/%5b", "/%5B"),
            ("/%2Ea", "/.a"), ("/a%2e%2e", "/a.."),
            ("/%7B|", "/%7B%7C"),
            ("/%25%32%46", "/%252F"), ("/x/%2e%2e%2e", "/x/..."),
        ]
    )
    func rewritten(_ path: String, _ normal: String) {
        let result = normalize(path)
        #expect(result.form == .rewritten(hasEmptySegment: false))
        #expect(result.path == normal)
    }

    @Test(
        "Empty segments inside are told; one at the end is none",
        arguments: [
            ("//", true), ("//a", true), ("/a//b", true), ("/a//", true), ("/a/", false), ("/", false),
            ("/%61//b", true),
            ("/%61/", false), ("/;x/a", true), ("/a/;", true), ("/%3Bx/a", true), ("/a;/b", false),
        ]
    )
    func emptySegments(_ path: String, _ hasEmptySegment: Bool) {
        let form = normalize(path).form
        #expect(
            form == .unchanged(hasEmptySegment: hasEmptySegment) || form == .rewritten(hasEmptySegment: hasEmptySegment)
        )
    }

    @Test("Dot segments are refused in every spelling and place")
    func dots() {
        for dot in [".", "%2e", "%2E"] {
            for name in [dot] + [".", "%2e", "%2E"].map({ dot + $0 }) {
                for parameters in ["", ";", ";a=b", "%3B", "%3bx", ";/.."] {
                    for place in [
                        "/\(name)\(parameters)", "/\(name)\(parameters)/x", "/x/\(name)\(parameters)",
                        "//\(name)\(parameters)/",
                    ] {
                        #expect(normalize(place).form == .refused(.dotSegment), "\(place)")
                    }
                }
            }
        }
    }

    @Test(
        "What services read in different ways is refused",
        arguments: [
            ("a", TargetFault.noLeadingSlash), ("*", .noLeadingSlash), ("/%", .brokenEscape), ("/%4", .brokenEscape),
            ("/%4g", .brokenEscape), ("/%g4/x", .brokenEscape), ("/%%41", .brokenEscape), ("/a%2Fb", .escapedSeparator),
            ("/a%2fb", .escapedSeparator), ("/a%5Cb", .escapedSeparator), ("/a%5cb", .escapedSeparator),
            ("/%00", .escapedSeparator), ("/a\\b", .backslash), ("/%61\\b", .backslash), ("/a#b", .fragment),
            ("/%61#", .fragment), ("/a b", .controlOrNonASCII), ("/a\tb", .controlOrNonASCII),
            ("/\u{7F}", .controlOrNonASCII),
            ("/%61\0", .controlOrNonASCII), ("/订", .controlOrNonASCII), ("/a?b", .controlOrNonASCII),
        ]
    )
    func refused(_ path: String, _ fault: TargetFault) {
        #expect(normalize(path).form == .refused(fault))
    }

    @Test("Every byte alone in a path has one of the three fates")
    func everyByte() {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/".utf8)
        let escaped = Set("\"<>[]^`{|}".utf8)
        for byte in UInt8.min...UInt8.max {
            let form = normalize(Array("/x".utf8) + [byte, UInt8(ascii: "y")]).form
            if plain.contains(byte) {
                #expect(form == .unchanged(hasEmptySegment: false), "\(byte)")
            } else if escaped.contains(byte) {
                #expect(form == .rewritten(hasEmptySegment: false), "\(byte)")
            } else if case .refused = form {
            } else {
                Issue.record("\(byte) was not refused")
            }
        }
    }

    @Test(
        "Queries that RFC 3986 allows stay as they are, other printable bytes are escaped, nil: refused",
        arguments: [
            ("", ""), ("a=1&b=%2F../?-._~!$&'()*+,;=:@", "a=1&b=%2F../?-._~!$&'()*+,;=:@"), ("%e4%E4", "%e4%E4"),
            ("a[]=1&a[b]=2", "a%5B%5D=1&a%5Bb%5D=2"), ("\"<>^`{|}", "%22%3C%3E%5E%60%7B%7C%7D"),
            ("100%", "100%25"), ("%", "%25"), ("%4", "%254"), ("%g1%1g", "%25g1%251g"), ("%%41", "%25%41"),
            ("a b", nil), ("a#", nil), ("订", nil), ("a\u{7F}", nil), ("\0", nil), ("a\\b", nil), ("[#", nil),
        ] as [(String, String?)]
    )
    func queries(_ query: String, _ expected: String?) {
        let bytes = Array(query.utf8)
        switch TargetNormalizer.form(ofQuery: bytes.span) {
        case .unchanged: #expect(query == expected)
        case .escaped:
            let escaped = TargetNormalizer.escaped(query: bytes.span)
            #expect(String(decoding: escaped, as: UTF8.self) == expected && query != expected)
            #expect(TargetNormalizer.form(ofQuery: escaped.span) == .unchanged)
        case .refused: #expect(expected == nil)
        }
    }

    @Test("Every byte alone in a query has one of the three fates")
    func everyByteOfQueries() {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?".utf8)
        let escaped = Set("\"%<>[]^`{|}".utf8)
        for byte in UInt8.min...UInt8.max {
            let query = [byte]
            let form = TargetNormalizer.form(ofQuery: query.span)
            let expected: TargetNormalizer.QueryForm =
                plain.contains(byte) ? .unchanged : escaped.contains(byte) ? .escaped : .refused
            #expect(form == expected, "\(byte)")
        }
    }

    @Test("Random paths come out as an obvious normalizer says, and what comes out stays as it is")
    func oracle() {
        var random = SeededGenerator()
        let pieces = [
            "/", "a", "Z", ".", "..", "%2e", "%41", "%2f", "%e4", "%E4", ";", "%3b", "%", "|", "\\", "%5", "//", "~",
            "@",
        ]
        for _ in 0..<6_000 {
            let count = Int.random(in: 0...8, using: &random)
            let path = "/" + (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let result = normalize(path)
            let expected = ObviousNormalizer.normalize(path)
            if case .refused = result.form {
                #expect(expected == nil, "\(path), seed \(random.seed)")
                continue
            }
            #expect(result.path == expected, "\(path), seed \(random.seed)")
            var isUnchanged = false
            if case .unchanged = result.form { isUnchanged = true }
            #expect(isUnchanged == (result.path == path), "\(path), seed \(random.seed)")
            if case .unchanged = normalize(result.path).form {
            } else {
                Issue.record("\(path) gave \(result.path), which changes again; seed \(random.seed)")
            }
        }
    }
}

/// Segment by segment on strings; nil for a refused path.
private enum ObviousNormalizer {
    static func normalize(_ path: String) -> String? {
        var segments: [String] = []
        for segment in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard let normal = normalizeSegment(Array(segment)) else { return nil }
            let name = normal.replacing("%3B", with: ";").split(separator: ";", omittingEmptySubsequences: false)[0]
            if name == "." || name == ".." { return nil }
            segments.append(normal)
        }
        return segments.joined(separator: "/")
    }

    private static func normalizeSegment(_ characters: [Character]) -> String? {
        var normal = ""
        var index = 0
        while index < characters.count {
            let character = characters[index]
            index += 1
            switch character {
            case "\\": return nil
            case "|": normal += "%7C"
            case "%":
                guard index + 2 <= characters.count, let code = UInt8(String(characters[index..<index + 2]), radix: 16)
                else {
                    return nil
                }
                index += 2
                if code == 0x2F || code == 0x5C || code == 0 { return nil }
                let scalar = Character(Unicode.Scalar(code))
                let isUnreserved = scalar.isASCII && (scalar.isLetter || scalar.isNumber || "-._~".contains(scalar))
                normal +=
                    isUnreserved ? String(scalar) : "%" + (code < 16 ? "0" : "") + String(code, radix: 16).uppercased()
            default: normal.append(character)
            }
        }
        return normal
    }
}
