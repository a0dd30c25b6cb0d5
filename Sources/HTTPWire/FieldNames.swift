/// Recognizes field names by their normal form: lower case, with every byte other than a letter or a digit as `-`, and
/// none of those at either end. The table is built once; lookups do not allocate.
///
/// Frameworks normalise names in this way (CGI-like variables use `_` for `-`, `_` and `.`), so every name that a
/// framework could take for a listed one is recognized, whatever its spelling.
package struct FieldNames: Sendable {
    /// The longest name that can be listed.
    static let longest = 32

    private struct Entry {
        var name: NormalName
        var field: KnownField
    }

    private var entries: [Entry] = []
    /// Index in `entries` plus one; zero is empty. Open addressing.
    private var slots = [UInt8](repeating: 0, count: Self.slotCount)
    private static let slotCount = 512

    /// Which field carries the client's token: `.authorization`, `.token` or another listed one.
    package private(set) var tokenField = KnownField.authorization

    /// The names of the policy table, the token in `authorization`.
    package static let standard = FieldNames()

    private init() {
        for row in FieldTable.names { self.add(row.name, row.field) }
        for name in FieldTable.aliases { self.add(name, .proxyClaim) }
    }

    /// Adds the names of a configuration; nil if one is not a field name or is longer than 32 bytes, or if there are
    /// more than a hundred.
    ///
    /// A listed name keeps its own rules (`authorization` stays itself), unless it shares them with others (`proxyClaim`).
    package init?(tokenName: [UInt8], clientKeyNames: [[UInt8]]) {
        self = Self.standard
        guard let token = Self.normalForm(tokenName) else { return nil }
        self.tokenField = self.claim(token, as: .token)
        for name in clientKeyNames {
            guard let key = Self.normalForm(name), self.entries.count < 255 else { return nil }
            _ = self.claim(key, as: .clientKey)
        }
    }

    /// Gives the name to the configuration's field, if no other has it for itself. Returns the field that has it.
    private mutating func claim(_ name: NormalName, as field: KnownField) -> KnownField {
        switch self.find(name) {
        case .unknown:
            self.add(name, field)
        case .proxyClaim:
            for index in self.entries.indices where self.entries[index].name.equals(name) {
                self.entries[index].field = field
            }
        case let other:
            return other
        }
        return field
    }

    /// What `read` calls a field of this name, in lower case.
    package func field(named name: [UInt8]) -> KnownField {
        Self.normalForm(name).map { self.find($0) } ?? .unknown
    }

    /// Whether a field of this name controls caches, as ``FieldTraits/caching`` defines.
    package func isAboutCaching(_ name: [UInt8]) -> Bool {
        Self.caching.contains(self.read(name.span.bytes, from: 0).known)
    }

    private static let caching = KnownFieldSet(with: .caching)

    private static func normalForm(_ name: [UInt8]) -> NormalName? {
        guard !name.isEmpty, name.count <= Self.longest, name.allSatisfy(Byte.isToken) else { return nil }
        var normal = NormalName()
        for byte in name { normal.appendNormalised(byte) }
        return normal.count > 0 ? normal : nil
    }

    private mutating func add(_ text: StaticString, _ field: KnownField) {
        var name = NormalName()
        text.withUTF8Buffer { for byte in $0 { name.append(byte) } }
        self.add(name, field)
    }

    private mutating func add(_ name: NormalName, _ field: KnownField) {
        self.entries.append(Entry(name: name, field: field))
        var slot = name.slot(of: Self.slotCount)
        while self.slots[slot] != 0 { slot = (slot &+ 1) % Self.slotCount }
        self.slots[slot] = UInt8(self.entries.count)
    }

    @inline(__always)
    private func find(_ name: NormalName) -> KnownField {
        var slot = name.slot(of: Self.slotCount)
        while true {
            let index = Int(self.slots[slot])
            guard index != 0 else { return .unknown }
            if self.entries[index &- 1].name.equals(name) { return self.entries[index &- 1].field }
            slot = (slot &+ 1) & (Self.slotCount &- 1)
        }
    }

    /// The result of reading the start of a field line.
    struct Name {
        /// Offset of the first byte that is no `tchar`.
        var end: Int
        /// That byte is a colon, and the name is not empty.
        var hasColon: Bool
        var known: KnownField
        var isAlias: Bool
    }

    /// Reads a name from `start` on; it ends at the first byte that is no `tchar`, or with the bytes.
    @inline(__always)
    func read(_ bytes: RawSpan, from start: Int) -> Name {
        var name = NormalName()
        var offset = start
        while offset &+ 8 <= bytes.byteCount {
            let word = SWAR.load(bytes, offset)
            let others = ~SWAR.plainNameBytes(word) & SWAR.tops
            if others == 0 {
                name.append(word | SWAR.ones &* 0x20)
                offset &+= 8
                continue
            }
            // The plain bytes end here. So does the name if a colon follows; everything else takes the slow path.
            let bits = UInt64(truncatingIfNeeded: others.trailingZeroBitCount) & 0x38
            let end = offset &+ Int(truncatingIfNeeded: bits >> 3)
            guard word &>> bits & 0xFF == UInt64(Byte.colon), end > start else { break }
            name.finish((word | SWAR.ones &* 0x20) & ((1 &<< bits) &- 1), count: end &- start)
            let known = self.find(name)
            if known == .unknown { return self.readUnlisted(bytes, name, from: start, to: end) }
            return Name(end: end, hasColon: true, known: known, isAlias: false)
        }
        return self.readSlowly(bytes, from: start)
    }

    /// A name of letters, digits and dashes that is not listed in this spelling.
    @inline(__always)
    private func readUnlisted(_ bytes: RawSpan, _ name: NormalName, from start: Int, to end: Int) -> Name {
        if bytes.byte(start) == Byte.dash || bytes.byte(end &- 1) == Byte.dash {
            return self.readSlowly(bytes, from: start)
        }
        let known = Self.family(of: name, endsInCacheControl: Self.endsInCacheControl(bytes, from: start, to: end))
        return Name(end: end, hasColon: true, known: known, isAlias: false)
    }

    /// The family of an unlisted name. A name with a prefix and the suffix follows the rules of both; `x-auth-*` never
    /// passes.
    @inline(__always)
    private static func family(of name: NormalName, endsInCacheControl: Bool) -> KnownField {
        let family = name.family
        guard endsInCacheControl else { return family }
        switch family {
        case .unknown, .contentFamily: return .cachingFamily
        case .wechatFamily: return .wechatCachingFamily
        case .forwardedFamily: return .forwardedCachingFamily
        default: return family
        }
    }

    private static let suffix: StaticString = "-cache-control"

    /// Whether a name of letters, digits and dashes ends in `-cache-control`, with something in front of it.
    @inline(__always)
    private static func endsInCacheControl(_ bytes: RawSpan, from start: Int, to end: Int) -> Bool {
        // "-control" and "-cache-c" as little-endian words.
        // Few names end in "l".
        guard end &- start > 14, bytes.byte(end &- 1) | 0x20 == 0x6C,
            SWAR.load(bytes, end &- 8) | SWAR.ones &* 0x20 == 0x6C6F_7274_6E6F_632D
        else { return false }
        return SWAR.load(bytes, end &- 14) | SWAR.ones &* 0x20 == 0x632D_6568_6361_632D
    }

    /// The family for any spelling: every byte other than a letter or a digit counts as a dash, and none at the end.
    private static func endsInAnyCacheControl(_ bytes: RawSpan, from start: Int, to end: Int) -> Bool {
        var end = end
        while end > start, !Byte.isAlphanumeric(bytes.byte(end &- 1)) { end &-= 1 }
        let count = self.suffix.utf8CodeUnitCount
        guard end &- start > count else { return false }
        return self.suffix.withUTF8Buffer { suffix in
            for (index, expected) in suffix.enumerated() {
                let byte = bytes.byte(end &- count &+ index)
                let normal = Byte.isAlphanumeric(byte) ? Byte.lowercased(byte) : Byte.dash
                if normal != expected { return false }
            }
            return true
        }
    }

    /// Any spelling, and names close to the end of the bytes.
    @inline(never)
    private func readSlowly(_ bytes: RawSpan, from start: Int) -> Name {
        var name = NormalName()
        var offset = start
        var isAlias = false
        while offset < bytes.byteCount {
            let byte = bytes.byte(offset)
            guard Byte.isToken(byte) else { break }
            if byte != Byte.dash && !Byte.isAlphanumeric(byte) { isAlias = true }
            name.appendNormalised(byte)
            offset += 1
        }
        guard offset > start else { return Name(end: offset, hasColon: false, known: .unknown, isAlias: false) }
        let hasColon = offset < bytes.byteCount && bytes.byte(offset) == Byte.colon
        let endsOpen = !Byte.isAlphanumeric(bytes.byte(offset - 1))
        if bytes.byte(start) == Byte.dash || endsOpen { isAlias = true }
        var known = self.find(name)
        if known == .unknown {
            // A name may equal the prefix of a family, whose dash the normal form has removed.
            if endsOpen { name.append(Byte.dash) }
            let isOfCaches = Self.endsInAnyCacheControl(bytes, from: start, to: offset)
            known = Self.family(of: name, endsInCacheControl: isOfCaches)
        }
        return Name(end: offset, hasColon: hasColon, known: known, isAlias: isAlias && known != .unknown)
    }
}

/// The first 32 bytes of a name in normal form, in four words, and how many bytes it has in all.
struct NormalName {
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var fourth: UInt64 = 0
    private(set) var count = 0
    private var pendingDashes = 0

    init() {}

    /// Appends eight bytes that are in normal form.
    @inline(__always)
    mutating func append(_ word: UInt64) {
        if self.count == 0 {
            self.first = word
        } else if self.count == 8 {
            self.second = word
        } else if self.count == 16 {
            self.third = word
        } else if self.count == 24 {
            self.fourth = word
        }
        self.count &+= 8
    }

    /// Appends the last word, of less than eight bytes, and sets the number of bytes in all.
    @inline(__always)
    mutating func finish(_ word: UInt64, count: Int) {
        self.append(word)
        self.count = count
    }

    /// Appends one byte that is in normal form.
    mutating func append(_ byte: UInt8) {
        let shifted = UInt64(byte) << UInt64((self.count & 7) * 8)
        switch self.count >> 3 {
        case 0: self.first |= shifted
        case 1: self.second |= shifted
        case 2: self.third |= shifted
        case 3: self.fourth |= shifted
        default: break
        }
        self.count += 1
    }

    /// Appends the normal form of one byte; dashes at either end of the name come to nothing.
    mutating func appendNormalised(_ byte: UInt8) {
        guard Byte.isAlphanumeric(byte) else {
            if self.count > 0 { self.pendingDashes += 1 }
            return
        }
        while self.pendingDashes > 0 {
            self.append(Byte.dash)
            self.pendingDashes -= 1
        }
        self.append(Byte.lowercased(byte))
    }

    @inline(__always)
    func equals(_ other: NormalName) -> Bool {
        (self.first ^ other.first) | (self.second ^ other.second) | (self.third ^ other.third)
            | (self.fourth ^ other.fourth) == 0 && self.count == other.count
    }

    /// Where the look-up begins. The multiplier is 2^64 divided by the golden ratio.
    @inline(__always)
    func slot(of slots: Int) -> Int {
        let rotated = (self.second << 23 | self.second >> 41) ^ (self.third << 41 | self.third >> 23)
        let mixed = (self.first ^ rotated ^ (self.fourth << 11) ^ UInt64(truncatingIfNeeded: self.count))
        return Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) >> 40) & (slots &- 1)
    }

    /// The family whose prefix the name has.
    @inline(__always)
    var family: KnownField {
        // The prefixes as little-endian words.
        if self.first & 0xFF_FFFF_FFFF == 0x2D_7877_2D78 { return .wechatFamily }  // x-wx-
        if self.first == 0x2D74_6E65_746E_6F63 { return .contentFamily }  // content-
        if self.first & 0xFF_FFFF_FFFF_FFFF == 0x2D_6874_7561_2D78 { return .authFamily }  // x-auth-
        if self.first == 0x7261_7772_6F66_2D78 && self.second & 0xFFFF_FFFF == 0x2D64_6564 {
            return .forwardedFamily  // x-forwarded-
        }
        return .unknown
    }
}
