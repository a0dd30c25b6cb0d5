/// The members of one object, unique by the bytes of their names.
struct JSONMemberList<Member> {
    private(set) var members: [Member] = []
    /// Kept once a linear search would be slow. The hash is keyed per process, so names can't be chosen to collide.
    private var positions: [[UInt8]: Int] = [:]
    private static var linearLimit: Int { 16 }

    /// - Parameter capacity: members that there is room for from the start.
    init(capacity: Int = 0) {
        members.reserveCapacity(capacity)
    }

    /// False where the name was there; the new value has then replaced the old one.
    ///
    /// - Parameters:
    ///   - key: the name of a member.
    ///   - isSame: whether two members have one name.
    @inline(__always)
    mutating func append(_ member: Member, key: (Member) -> [UInt8], isSame: (Member, Member) -> Bool) -> Bool {
        if let position = position(of: member, key: key, isSame: isSame) {
            members[position] = member
            return false
        }
        members.append(member)
        if members.count == Self.linearLimit {
            for (position, member) in members.enumerated() { positions[key(member)] = position }
        } else if members.count > Self.linearLimit {
            positions[key(member)] = members.count - 1
        }
        return true
    }

    @inline(__always)
    private func position(
        of member: Member,
        key: (Member) -> [UInt8],
        isSame: (Member, Member) -> Bool
    ) -> Int? {
        if members.count < Self.linearLimit {
            return members.firstIndex { isSame($0, member) }
        }
        return positions[key(member)]
    }
}
