namespace Qwen2Audio.Audio.Flac;

/// <summary>FLAC's checksums: CRC-8 with polynomial 0x07, CRC-16 with polynomial 0x8005, both starting at 0, most significant bit first.</summary>
internal static class FlacChecksums
{
    private static readonly byte[] Table8 = MakeTable8();
    private static readonly ushort[][] Table16 = MakeTable16();

    public static byte Crc8(byte crc, byte value) => Table8[crc ^ value];

    /// <summary>Continues a CRC-16 over more bytes, eight at a time.</summary>
    public static ushort Crc16(ushort crc, ReadOnlySpan<byte> bytes)
    {
        ushort[] t0 = Table16[0], t1 = Table16[1], t2 = Table16[2], t3 = Table16[3], t4 = Table16[4], t5 = Table16[5], t6 = Table16[6], t7 = Table16[7];
        while (bytes.Length >= 8)
        {
            crc = (ushort)(t7[(crc >> 8) ^ bytes[0]] ^ t6[(crc & 0xFF) ^ bytes[1]] ^ t5[bytes[2]] ^ t4[bytes[3]]
                ^ t3[bytes[4]] ^ t2[bytes[5]] ^ t1[bytes[6]] ^ t0[bytes[7]]);
            bytes = bytes[8..];
        }

        foreach (var value in bytes) crc = (ushort)((crc << 8) ^ t0[(crc >> 8) ^ value]);
        return crc;
    }

    private static byte[] MakeTable8()
    {
        var table = new byte[256];
        for (var i = 0; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 0x80) != 0 ? (crc << 1) ^ 0x07 : crc << 1;
            table[i] = (byte)crc;
        }

        return table;
    }

    private static ushort[][] MakeTable16()
    {
        var tables = new ushort[8][];
        for (var n = 0; n < 8; n++)
        {
            tables[n] = new ushort[256];
            for (var i = 0; i < 256; i++)
            {
                var crc = n == 0 ? i << 8 : tables[n - 1][i];
                if (n == 0)
                    for (var bit = 0; bit < 8; bit++) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x8005 : crc << 1;
                else
                    crc = (crc << 8) ^ tables[0][crc >> 8];
                tables[n][i] = (ushort)crc;
            }
        }

        return tables;
    }
}
