/// A timing wheel that visits its entries at least once a sweep.
///
/// A connection has one entry for its whole life and one `deadline` of its own that changes with every request. The
/// wheel never looks for an entry: it hands each one out at the latest one `sweep` after it was inserted, and whoever
/// visits it inserts it again. A deadline that is set at least one sweep ahead is never missed by more than one slot, and
/// moving it costs one store, no timer and no search (architecture, section 4). One that is set closer, as the end of an
/// idle connection's age may be, is missed by up to a sweep: whoever sets it looks at the time as well.
///
/// A value without clock or timer: time comes in as an argument, in nanoseconds of any steady clock.
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
        // Two slots more than a sweep has, so that an entry due a whole sweep ahead never lands in the slot in hand.
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

    /// Takes out what is due. Whoever wants another visit is inserted again: at once, since nothing that is inserted now
    /// is due now.
    mutating func removeDue(at now: Int64) -> [Entry] {
        let lastTick = now / slotWidth
        guard lastTick >= nextTick else { return [] }
        // A clock that jumped over a whole turn makes every slot due, once.
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
