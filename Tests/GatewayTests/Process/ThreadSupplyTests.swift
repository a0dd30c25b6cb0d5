import Glibc
import Testing

@testable import Gateway

/// Without threads the start hung, and no signal was heard.
@Suite("The threads that the process needs")
struct ThreadSupplyTests {
    @Test("are tried out, and the want of them is told with its cure")
    func threads() throws {
        try ThreadSupply.check(8)
        let text = ThreadShortage(needed: 18, started: 3, number: EAGAIN).description
        #expect(text.contains("3 of 18") && text.contains("pids.max") && text.contains("ulimit -v"))
    }
}
