import Foundation
import GRDB

/// A text as SQLite stores it. GRDB truncates texts at NUL, so two texts could become one: NUL is written as U+0001 and
/// "0", and U+0001 as U+0001 and "1".
struct StoredText: DatabaseValueConvertible {
    private static let escape: UInt8 = 1

    let text: String

    var databaseValue: DatabaseValue {
        guard text.utf8.contains(where: { $0 <= Self.escape }) else { return text.databaseValue }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte <= Self.escape {
                bytes += [Self.escape, UInt8(ascii: "0") + byte]
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self).databaseValue
    }

    static func fromDatabaseValue(_ value: DatabaseValue) -> StoredText? {
        guard let stored = String.fromDatabaseValue(value) else { return nil }
        guard stored.utf8.contains(Self.escape) else { return StoredText(text: stored) }
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in stored.utf8 {
            if isEscaped {
                bytes.append(byte == UInt8(ascii: "0") ? 0 : Self.escape)
                isEscaped = false
            } else if byte == Self.escape {
                isEscaped = true
            } else {
                bytes.append(byte)
            }
        }
        return StoredText(text: String(decoding: bytes, as: UTF8.self))
    }
}

extension String {
    var stored: StoredText { StoredText(text: self) }
}

extension Row {
    /// A column's text, nil where it is NULL.
    func text(_ column: String) -> String? {
        let stored: StoredText? = self[column]
        return stored?.text
    }

    /// A sealed value from two columns; nil for NULL.
    func sealed(_ column: String, _ keyColumn: String) -> SealedValue? {
        guard let bytes = Data.fromDatabaseValue(self[column]), let keyID = text(keyColumn) else { return nil }
        return SealedValue(keyID: keyID, bytes: Array(bytes))
    }
}
