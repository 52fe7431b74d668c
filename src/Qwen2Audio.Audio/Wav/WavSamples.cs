using System.Buffers.Binary;

namespace Qwen2Audio.Audio.Wav;

/// <summary>Converts stored WAV samples to float, full scale ±1.</summary>
internal static class WavSamples
{
    /// <summary>Decodes destination.Length samples.</summary>
    public static void Decode(in WavFormat format, ReadOnlySpan<byte> bytes, Span<float> destination)
    {
        switch (format.Bits)
        {
            case 8 when format.Coding != WavCoding.Integer:
                var law = format.Coding == WavCoding.ALaw ? G711.ALaw : G711.MuLaw;
                for (var i = 0; i < destination.Length; i++) destination[i] = law[bytes[i]];
                break;
            case 8:
                for (var i = 0; i < destination.Length; i++) destination[i] = (bytes[i] - 128) / 128f;
                break;
            case 16:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]) / 32768f;
                break;
            case 24:
                for (var i = 0; i < destination.Length; i++)
                    destination[i] = (bytes[3 * i] << 8 | bytes[3 * i + 1] << 16 | bytes[3 * i + 2] << 24) / 2147483648f;
                break;
            case 32 when format.Coding == WavCoding.Integer:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]) / 2147483648f;
                break;
            case 32:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
                break;
            default:
                for (var i = 0; i < destination.Length; i++) destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
                break;
        }
    }
}
