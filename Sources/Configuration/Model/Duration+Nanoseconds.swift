extension Duration {
    /// Whole nanoseconds, clamped to 64 bits.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, tooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return tooLong || overflow ? (seconds < 0 ? .min : .max) : sum
    }
}
