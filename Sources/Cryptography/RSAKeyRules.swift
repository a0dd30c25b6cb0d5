/// Which RSA keys are taken.
enum RSAKeyRules {
    static let smallestBits = 2048
    static let largestBits = 8192

    /// - Parameters: unsigned and big-endian; leading zeros do not count.
    static func check(modulus: [UInt8], exponent: [UInt8]) throws(KeyFault) {
        let modulus = modulus.drop { $0 == 0 }
        let exponent = exponent.drop { $0 == 0 }
        guard let first = modulus.first, let last = modulus.last else { throw .invalid }
        let bits = modulus.count * 8 - first.leadingZeroBitCount
        guard bits >= smallestBits else { throw .weak }
        guard bits <= largestBits else { throw .tooLarge }
        guard last & 1 == 1 else { throw .invalid }
        // OpenSSL, too, accepts no longer exponent with large moduli; an even exponent or 1 is not valid for RSA.
        guard exponent.count <= 8, let low = exponent.last, low & 1 == 1, exponent.count > 1 || low > 1 else {
            throw .weak
        }
        if isFromFaultyGenerator(modulus) { throw .weak }
    }

    /// Whether the modulus has the mark of the generator of CVE-2017-15361 (ROCA), whose keys can be factored: modulo
    /// each small prime it is a power of 65537 (Nemec and others, "The Return of Coppersmith's Attack", section 3.1).
    /// One good key in 2^27 has it by chance.
    private static func isFromFaultyGenerator(_ modulus: ArraySlice<UInt8>) -> Bool {
        markPrimes.allSatisfy { prime in
            let remainder = modulus.reduce(0) { ($0 << 8 | Int($1)) % prime }
            var power = 1
            for _ in 0..<prime {
                if power == remainder { return true }
                power = power * (65537 % prime) % prime
            }
            return false
        }
    }

    /// The odd primes up to 167, which divide the product that the generator works with.
    private static let markPrimes = (3...167).filter { number in
        number % 2 == 1 && !(3..<number).contains { $0 * $0 <= number && number % $0 == 0 }
    }
}
