import CCurl
import Glibc

/// The open sockets of libcurl, by descriptor. libcurl does not tell a callback which socket a call is about to use,
/// but it tells the local port, which identifies the socket.
///
/// It belongs to the loop: sockets outlive the calls that opened them.
final class OpenSockets {
    private var descriptors: Set<Int32> = []

    /// Reports `handle`'s sockets here.
    func watch(_ handle: UnsafeMutableRawPointer) -> [CURLcode] {
        let context = Unmanaged.passUnretained(self).toOpaque()
        return [
            ccurl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, context),
            ccurl_set_opensocket_callback(handle, openSocket),
            ccurl_set_pointer(handle, CURLOPT_CLOSESOCKETDATA, context),
            ccurl_set_closesocket_callback(handle, closeSocket),
        ]
    }

    /// Whether bytes wait on the socket bound to `localPort`, or it is unknown.
    func hasUnreadBytes(localPort: Int32) -> Bool {
        for descriptor in descriptors where port(of: descriptor) == localPort {
            var byte: UInt8 = 0
            return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
        }
        return true
    }

    fileprivate func open(_ address: curl_sockaddr) -> Int32 {
        // SOCK_CLOEXEC: child processes do not inherit connections.
        let descriptor = socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
        if descriptor >= 0 { descriptors.insert(descriptor) }
        return descriptor
    }

    fileprivate func close(_ descriptor: Int32) -> Int32 {
        descriptors.remove(descriptor)
        return Glibc.close(descriptor)
    }

    private func port(of descriptor: Int32) -> Int32? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { return nil }
        let port = withUnsafeBytes(of: storage) { bytes -> UInt16 in
            // In sockaddr_in and sockaddr_in6, the port follows the 2 bytes of the family.
            bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
        }
        return Int32(UInt16(bigEndian: port))
    }
}

private func openSocket(
    _ context: UnsafeMutableRawPointer?,
    _: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> Int32 {
    guard let context, let address else { return -1 }
    return Unmanaged<OpenSockets>.fromOpaque(context).takeUnretainedValue().open(address.pointee)
}

private func closeSocket(_ context: UnsafeMutableRawPointer?, _ descriptor: Int32) -> Int32 {
    guard let context else { return close(descriptor) }
    return Unmanaged<OpenSockets>.fromOpaque(context).takeUnretainedValue().close(descriptor)
}
