#if canImport(Glibc)
import Glibc
#endif

/// A socket filter (socket(7), SO_ATTACH_FILTER) by which a listener gets no new connections, while those that are being
/// made come about. Connections inherit it, which changes nothing for them.
enum NewcomerFilter {
    /// `struct sock_filter`.
    private struct Instruction {
        let code: UInt16
        let ifTrue: UInt8
        let ifFalse: UInt8
        let operand: UInt32
    }

    /// `struct sock_fprog`.
    private struct Program {
        let count: UInt16
        let instructions: UnsafePointer<Instruction>?
    }

    /// Drops a TCP segment with SYN and without ACK (RFC 9293 section 3.1).
    private static let instructions = [
        // The byte of the flags.
        Instruction(code: 0x30, ifTrue: 0, ifFalse: 0, operand: 13),
        Instruction(code: 0x54, ifTrue: 0, ifFalse: 0, operand: 0x12),
        Instruction(code: 0x15, ifTrue: 0, ifFalse: 1, operand: 0x02),
        Instruction(code: 0x06, ifTrue: 0, ifFalse: 0, operand: 0),
        Instruction(code: 0x06, ifTrue: 0, ifFalse: 0, operand: .max),
    ]

    /// False where the kernel has no such filters: the listener goes on as before.
    static func attach(to listener: CInt) -> Bool {
        instructions.withUnsafeBufferPointer { instructions in
            var program = Program(count: UInt16(instructions.count), instructions: instructions.baseAddress)
            return setsockopt(
                listener,
                SOL_SOCKET,
                SO_ATTACH_FILTER,
                &program,
                socklen_t(MemoryLayout<Program>.size)
            ) == 0
        }
    }
}
