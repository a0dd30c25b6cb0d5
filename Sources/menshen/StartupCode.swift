import CLoader

#if canImport(Glibc)
import Glibc
#endif

/// Code that only the start needed: reading options and the configuration, and the runtime's walk over all types and
/// libraries.
enum StartupCode {
    /// Releases its pages, about half of the resident memory when the process starts to serve. Pages that are needed
    /// again are mapped from the page cache at their first use, once and without disk reads.
    ///
    /// Not under a debugger: a breakpoint is a modified page, and would be lost.
    static func release() {
        guard !isTraced else { return }
        cloader_each_code_segment(releaseSegment)
    }

    /// proc(5): `TracerPid` is 0 without a tracer. If it cannot be read, assume a tracer.
    private static var isTraced: Bool {
        guard let file = fopen("/proc/self/status", "r") else { return true }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            let text = String(cString: line)
            if text.hasPrefix("TracerPid:") { return !text.hasSuffix("\t0\n") }
        }
        return true
    }
}

private func releaseSegment(_ start: UnsafeMutableRawPointer?, _ length: Int) {
    // Where it fails, the pages stay, which harms nothing.
    _ = madvise(start, length, CInt(MADV_DONTNEED))
}
