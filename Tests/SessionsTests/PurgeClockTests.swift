import RandomJSON
import Sessions
import Testing

@Suite("The time by which entries are dropped")
struct PurgeClockTests {
    private static let day: Int64 = 24 * 3600 * 1000
    private static let start: Int64 = 1_800_000_000_000

    @Test("is the wall clock's where that goes on evenly")
    func even() {
        var clock = PurgeClock(wall: Self.start, steady: 7)
        for seconds in stride(from: Int64(0), through: 100_000, by: 777) {
            #expect(
                clock.time(wall: Self.start + seconds * 1000, steady: 7 + seconds * 1000) == Self.start + seconds * 1000
            )
        }
    }

    @Test("takes no part in a step forward, and all of a step back")
    func steps() {
        var clock = PurgeClock(wall: Self.start, steady: 0)
        #expect(clock.time(wall: Self.start + 20 * Self.day, steady: 0) == Self.start)
        let hour: Int64 = 3_600_000
        #expect(clock.time(wall: Self.start + 20 * Self.day, steady: hour) <= Self.start + hour + hour / 2048)
        #expect(clock.time(wall: Self.start + 2 * hour, steady: 2 * hour) == Self.start + 2 * hour)
        #expect(clock.time(wall: Self.start - Self.day, steady: 2 * hour) == Self.start - Self.day)
    }

    @Test("is corrected a little at a time, and wholly after 31 days")
    func corrections() {
        var clock = PurgeClock(wall: Self.start, steady: 0)
        var steady: Int64 = 0
        var time = Self.start
        // A clock that was set forward by two seconds is caught up with within two hours.
        while time < Self.start + steady + 2000 {
            steady += 10_000
            time = clock.time(wall: Self.start + steady + 2000, steady: steady)
            #expect(time <= Self.start + steady + 2000)
        }
        #expect(steady <= 7_200_000)
        // One that begins in 1970 and learns the date stays behind for a month.
        var late = PurgeClock(wall: 0, steady: 0)
        for day in Int64(0)...31 {
            let wall = Self.start + day * Self.day
            let time = late.time(wall: wall, steady: day * Self.day)
            #expect(day < 31 ? time < 32 * Self.day : time == wall, "\(day)")
        }
    }

    @Test("is never ahead of the wall clock, nor of a steady one, whatever happens to the wall clock")
    func model() {
        let seed = UInt64.random(in: 0 ... .max)
        print("purge clock: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var clock = PurgeClock(wall: Self.start, steady: 0)
            var (steady, offset): (Int64, Int64) = (0, 0)
            for _ in 0..<100 {
                steady += Int64.random(in: 0..<30_000, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0: offset = Int64.random(in: -40 * Self.day...40 * Self.day, using: &random)
                case 1: offset = 0
                default: break
                }
                let wall = Self.start + steady + offset
                let time = clock.time(wall: wall, steady: steady)
                #expect(time <= wall && time <= Self.start + steady + steady / 2048)
            }
        }
    }
}
