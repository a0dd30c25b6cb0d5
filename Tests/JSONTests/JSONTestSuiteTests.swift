import Foundation
import JSON
import Testing

/// The texts of nst/JSONTestSuite, read where they lie beside the checkout.
private enum Vectors {
    struct Vector: Sendable {
        var name: String
        var expectation: String
        var bytes: [UInt8]
    }

    static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/vectors/jsontestsuite_parsing.json")

    static let all: [Vector]? = {
        guard let data = try? Data(contentsOf: file),
            let root = try? JSONReader(maximumSize: 8 << 20).read(Array(data))
        else { return nil }
        return root.elements?.compactMap { element in
            guard let name = element["name"]?.string, let expectation = element["expect"]?.string,
                let base64 = element["base64"]?.string, let bytes = Data(base64Encoded: base64)
            else { return nil }
            return Vector(name: name, expectation: expectation, bytes: Array(bytes))
        }
    }()
}

@Suite(
    "JSONTestSuite",
    .enabled(if: Vectors.all != nil, "shared/vectors is not beside the checkout: its JSON texts are skipped")
)
struct JSONTestSuiteTests {
    /// Of the texts that RFC 8259 leaves open, these are accepted: numbers are kept as text, so none is too large, and
    /// escapes that are unpaired surrogates stay as they are. The others are refused: broken UTF-8, UTF-16, a byte order
    /// mark, 500 levels.
    private static let acceptedOfEither: Set = [
        "i_object_key_lone_2nd_surrogate.json", "i_string_1st_surrogate_but_2nd_missing.json",
        "i_string_1st_valid_surrogate_2nd_invalid.json", "i_string_incomplete_surrogate_and_escape_valid.json",
        "i_string_incomplete_surrogate_pair.json", "i_string_incomplete_surrogates_escape_valid.json",
        "i_string_invalid_lonely_surrogate.json", "i_string_invalid_surrogate.json",
        "i_string_inverted_surrogates_U+1D11E.json", "i_string_lone_second_surrogate.json",
        "i_number_double_huge_neg_exp.json", "i_number_huge_exp.json", "i_number_neg_int_huge_exp.json",
        "i_number_pos_double_huge_exp.json", "i_number_real_neg_overflow.json", "i_number_real_pos_overflow.json",
        "i_number_real_underflow.json", "i_number_too_big_neg_int.json", "i_number_too_big_pos_int.json",
        "i_number_very_big_negative_int.json",
    ]

    @Test func everyTextIsJudgedAsItSays() throws {
        let vectors = try #require(Vectors.all)
        #expect(vectors.count == 318)
        var judged: [String: Int] = [:]
        for vector in vectors {
            let isAccepted =
                switch vector.expectation {
                case "accept": true
                case "reject": false
                default: Self.acceptedOfEither.contains(vector.name)
                }
            judged[vector.expectation, default: 0] += 1
            #expect(reads(vector.bytes) == isAccepted, "\(vector.name)")
            for split in splits(of: vector.bytes.count) {
                #expect(validates(vector.bytes, splitAt: split) == isAccepted, "\(vector.name) split at \(split)")
            }
        }
        #expect(judged == ["accept": 95, "reject": 188, "either": 35])
    }
}
