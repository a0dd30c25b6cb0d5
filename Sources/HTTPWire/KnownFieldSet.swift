/// A set of known fields as bits: policy and look-ups are one shift each.
package struct KnownFieldSet: Sendable, Equatable, ExpressibleByArrayLiteral {
    @usableFromInline
    var low: UInt64
    @usableFromInline
    var high: UInt64

    /// Creates an empty set.
    @inlinable
    package init() {
        self.low = 0
        self.high = 0
    }

    /// Creates a set of the listed fields.
    @inlinable
    package init(arrayLiteral elements: KnownField...) {
        self.init()
        for element in elements { self.insert(element) }
    }

    /// All fields whose row in the policy table has at least one of `traits`.
    package init(with traits: FieldTraits) {
        self.init()
        for row in FieldTable.names + FieldTable.families + FieldTable.unnamed
        where !row.traits.isDisjoint(with: traits) {
            self.insert(row.field)
        }
    }

    /// Whether the set has the field. One shift.
    @inlinable @inline(__always)
    package func contains(_ field: KnownField) -> Bool {
        let bit = field.rawValue
        return (bit < 64 ? self.low >> UInt64(bit) : self.high >> UInt64(bit & 63)) & 1 != 0
    }

    /// Adds a field.
    @inlinable @inline(__always)
    package mutating func insert(_ field: KnownField) {
        let bit = field.rawValue
        if bit < 64 { self.low |= 1 << UInt64(bit) } else { self.high |= 1 << UInt64(bit & 63) }
    }

    /// Removes a field.
    @inlinable
    package mutating func remove(_ field: KnownField) {
        let bit = field.rawValue
        if bit < 64 { self.low &= ~(1 << UInt64(bit)) } else { self.high &= ~(1 << UInt64(bit & 63)) }
    }

    /// Adds all fields of another set.
    @inlinable
    package mutating func formUnion(_ other: KnownFieldSet) {
        self.low |= other.low
        self.high |= other.high
    }

    /// The fields of either set.
    @inlinable
    package func union(_ other: KnownFieldSet) -> KnownFieldSet {
        var result = self
        result.formUnion(other)
        return result
    }

    /// The fields of this set that the other set does not have.
    @inlinable
    package func subtracting(_ other: KnownFieldSet) -> KnownFieldSet {
        var result = self
        result.low &= ~other.low
        result.high &= ~other.high
        return result
    }

    /// Removes all fields.
    @inlinable
    package mutating func removeAll() {
        self.low = 0
        self.high = 0
    }
}
