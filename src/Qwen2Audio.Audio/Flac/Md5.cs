using System.Buffers.Binary;
using System.Numerics;

namespace Qwen2Audio.Audio.Flac;

/// <summary>
/// MD5 (RFC 1321), which FLAC stores to detect damage. .NET's own needs a cryptography library that may be missing or disallow MD5.
/// </summary>
internal sealed class Md5
{
    private static readonly uint[] Sines = [.. Enumerable.Range(1, 64).Select(i => (uint)(Math.Abs(Math.Sin(i)) * 4294967296.0))];

    private readonly byte[] _block = new byte[64];
    private uint _a = 0x67452301, _b = 0xEFCDAB89, _c = 0x98BADCFE, _d = 0x10325476;
    private ulong _length;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var used = (int)(_length % 64);
        _length += (ulong)bytes.Length;
        if (used > 0)
        {
            var step = Math.Min(64 - used, bytes.Length);
            bytes[..step].CopyTo(_block.AsSpan(used));
            bytes = bytes[step..];
            if (used + step < 64) return;
            Digest(_block);
        }

        for (; bytes.Length >= 64; bytes = bytes[64..]) Digest(bytes);
        bytes.CopyTo(_block);
    }

    /// <summary>The digest, 16 bytes; nothing may be appended afterwards.</summary>
    public byte[] Finish()
    {
        var bits = _length * 8;
        var used = (int)(_length % 64);
        Append([0x80, .. new byte[(used < 56 ? 56 : 120) - used - 1]]);
        var tail = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(tail, bits);
        Append(tail);
        var digest = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(digest, _a);
        BinaryPrimitives.WriteUInt32LittleEndian(digest.AsSpan(4), _b);
        BinaryPrimitives.WriteUInt32LittleEndian(digest.AsSpan(8), _c);
        BinaryPrimitives.WriteUInt32LittleEndian(digest.AsSpan(12), _d);
        return digest;
    }

    private void Digest(ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[16];
        for (var i = 0; i < 16; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * i)..]);
        ReadOnlySpan<uint> sines = Sines;
        uint a = _a, b = _b, c = _c, d = _d;
        for (var i = 0; i < 16; i += 4)
        {
            a = b + BitOperations.RotateLeft(a + ((b & c) | (~b & d)) + words[i] + sines[i], 7);
            d = a + BitOperations.RotateLeft(d + ((a & b) | (~a & c)) + words[i + 1] + sines[i + 1], 12);
            c = d + BitOperations.RotateLeft(c + ((d & a) | (~d & b)) + words[i + 2] + sines[i + 2], 17);
            b = c + BitOperations.RotateLeft(b + ((c & d) | (~c & a)) + words[i + 3] + sines[i + 3], 22);
        }

        for (var i = 16; i < 32; i += 4)
        {
            a = b + BitOperations.RotateLeft(a + ((d & b) | (~d & c)) + words[(5 * i + 1) & 15] + sines[i], 5);
            d = a + BitOperations.RotateLeft(d + ((c & a) | (~c & b)) + words[(5 * i + 6) & 15] + sines[i + 1], 9);
            c = d + BitOperations.RotateLeft(c + ((b & d) | (~b & a)) + words[(5 * i + 11) & 15] + sines[i + 2], 14);
            b = c + BitOperations.RotateLeft(b + ((a & c) | (~a & d)) + words[(5 * i + 16) & 15] + sines[i + 3], 20);
        }

        for (var i = 32; i < 48; i += 4)
        {
            a = b + BitOperations.RotateLeft(a + (b ^ c ^ d) + words[(3 * i + 5) & 15] + sines[i], 4);
            d = a + BitOperations.RotateLeft(d + (a ^ b ^ c) + words[(3 * i + 8) & 15] + sines[i + 1], 11);
            c = d + BitOperations.RotateLeft(c + (d ^ a ^ b) + words[(3 * i + 11) & 15] + sines[i + 2], 16);
            b = c + BitOperations.RotateLeft(b + (c ^ d ^ a) + words[(3 * i + 14) & 15] + sines[i + 3], 23);
        }

        for (var i = 48; i < 64; i += 4)
        {
            a = b + BitOperations.RotateLeft(a + (c ^ (b | ~d)) + words[(7 * i) & 15] + sines[i], 6);
            d = a + BitOperations.RotateLeft(d + (b ^ (a | ~c)) + words[(7 * i + 7) & 15] + sines[i + 1], 10);
            c = d + BitOperations.RotateLeft(c + (a ^ (d | ~b)) + words[(7 * i + 14) & 15] + sines[i + 2], 15);
            b = c + BitOperations.RotateLeft(b + (d ^ (c | ~a)) + words[(7 * i + 21) & 15] + sines[i + 3], 21);
        }

        _a += a;
        _b += b;
        _c += c;
        _d += d;
    }
}
