import NIOCore

#if canImport(Glibc)
import Glibc
#endif

extension Channel {
    /// True where the kernel got rid of some bytes since the last look: a peer that reads slowly reads.
    ///
    /// - Parameter unsent: what it had not got rid of then; -1 before the first look.
    func hasMoved(since unsent: inout CInt) -> Bool {
        var left: CInt = -1
        do {
            try pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { descriptor in
                _ = ioctl(descriptor, UInt(TIOCOUTQ), &left)
            }
        } catch {
            return false
        }
        defer { unsent = left }
        return left != unsent
    }
}
