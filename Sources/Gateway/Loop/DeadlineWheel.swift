/// A timing wheel that visits each entry at least once per sweep.
///
/// A connection has one entry for its lifetime and one `deadline` that changes with every request. The wheel never
/// searches for an entry: it returns each one at the latest one `sweep` after its insertion, and the visitor inserts it
/// again. A deadline that is at least one sweep ahead is missed by at most one slot, and moving it costs one store, no
/// timer and no search. A closer deadline, such as the end of an idle connection's age, may
/// be missed by up to a sweep, so its owner also checks the time.
///
/// This is a value without a clock or a timer: time is an argument, in nanoseconds of a monotonic clock.
struct DeadlineWheel<Entry> {
    /// Width of a slot, in nanoseconds: how late a visit may be.
    let slotWidth: Int64
    /// The longest time between two visits of an entry, in nanoseconds.
    let sweep: Int64

    private var slots: [[Entry]]
    private var nextTick: Int64
    /// Entries held.
    private(set) var count = 0

    /// - Parameters:
    ///   - sweep: no deadline is set closer than this ahead; in nanoseconds.
    ///   - now: the first instant that counts.
    init(sweep: Int64, now: Int64) {
        let slotCount: Int64 = 16
        self.sweep = max(sweep, slotCount)
        // Rounded up: with one rounded down, a short sweep is longer than the wheel, and its entries are visited early.
        slotWidth = (self.sweep + slotCount - 1) / slotCount
        // Two slots more than a sweep has, so that an entry due a whole sweep ahead never lands in the current slot.
        slots = Array(repeating: [], count: Int(slotCount) + 2)
        nextTick = now / slotWidth
    }

    /// Takes an entry in, to be visited at the latest one sweep from now.
    mutating func insert(_ entry: Entry, deadline: Int64, now: Int64) {
        let instant = min(deadline, now + sweep)
        // Rounded up: a visit before the deadline would be for nothing.
        let wanted = instant / slotWidth + 1
        let tick = min(max(wanted, nextTick), nextTick + Int64(slots.count) - 1)
        slots[Int(tick % Int64(slots.count))].append(entry)
        count += 1
    }

    /// Takes out all entries.
    mutating func removeAll() -> [Entry] {
        let all = slots.flatMap { $0 }
        for index in slots.indices { slots[index] = [] }
        count = 0
        return all
    }

    /// Removes the due entries. Insert an entry again for another visit: a newly inserted entry is never due at once.
    mutating func removeDue(at now: Int64) -> [Entry] {
        let lastTick = now / slotWidth
        guard lastTick >= nextTick else { return [] }
        // If the clock jumps over a whole turn, every slot is due, once.
        let ticks = min(lastTick - nextTick + 1, Int64(slots.count))
        let first = nextTick
        nextTick = lastTick + 1
        var due: [Entry] = []
        for tick in first..<(first + ticks) {
            let slot = Int(tick % Int64(slots.count))
            if due.isEmpty {
                swap(&due, &slots[slot])
            } else {
                due += slots[slot]
                slots[slot] = []
            }
        }
        count -= due.count
        return due
    }
}
