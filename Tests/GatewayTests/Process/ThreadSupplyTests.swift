import Glibc
import Testing

@testable import Gateway

/// Without threads the start hung, and no signal was heard.
@Suite("The threads that the process needs")
struct ThreadSupplyTests {
    @Test("are tried out, and the want of them is told with its cure")
    func threads() throws {
        try ThreadSupply.check(8)
        let few = ThreadShortage(needed: 18, started: 3, number: EAGAIN).description
        #expect(few.contains("3 of 18") && few.contains("pids.max") && few.contains("ulimit -v"))
        let small = ThreadShortage(needed: 18, started: 18, number: ENOMEM).description
        #expect(small.contains("memory for 18 threads") && small.contains("ulimit -v"))
    }
}
