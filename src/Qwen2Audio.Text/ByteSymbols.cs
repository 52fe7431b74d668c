namespace Qwen2Audio.Text;

/// <summary>
/// GPT-2's table of visible symbols: one character per byte, so that vocabularies can be written as text. Printable Latin-1 bytes are
/// themselves; the others (including space: "Ġ") are mapped to U+0100 and up, in byte order.
/// </summary>
internal static class ByteSymbols
{
    private static readonly char[] Symbols = new char[256];
    private static readonly short[] Bytes = new short[0x180];

    static ByteSymbols()
    {
        Array.Fill(Bytes, (short)-1);
        var moved = 0x100;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            Symbols[value] = printable ? (char)value : (char)moved++;
            Bytes[Symbols[value]] = (short)value;
        }
    }

    /// <summary>The symbol of a space.</summary>
    public static char Space => Symbols[' '];

    /// <summary>The symbol of a byte.</summary>
    public static char Of(byte value) => Symbols[value];

    /// <summary>The byte of a symbol, or −1.</summary>
    public static int ToByte(char symbol) => symbol < Bytes.Length ? Bytes[symbol] : -1;
}
