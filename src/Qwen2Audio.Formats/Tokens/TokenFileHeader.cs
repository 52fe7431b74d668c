using System.Buffers.Binary;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tokens;

/// <summary>The header of a token file.</summary>
public sealed record TokenFileHeader
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The codec that produced the codes.</summary>
    public required ModelIdentity Model { get; init; }

    /// <summary>Sampling rate of the audio in Hz.</summary>
    public required int SamplingRate { get; init; }

    /// <summary>Channels of the audio.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Largest gain, and scale of a block: above that of any audio that is read, and with it decoded samples are within single precision.</summary>
    public const float MaxScale = 1e20f;

    /// <summary>Samples per channel and frame.</summary>
    public required int SamplesPerFrame { get; init; }

    /// <summary>Codes per frame: the number of codebooks used.</summary>
    public required int Codebooks { get; init; }

    /// <summary>Entries of each codebook.</summary>
    public required int Entries { get; init; }

    /// <summary>Factor applied to the decoded samples of all blocks without a scale of their own.</summary>
    public float Gain { get; init; } = 1;

    /// <summary>The probabilities used to code the codes. Set by the writer.</summary>
    public ModelIdentity Probabilities { get; init; } = FixedTokenModel.UniformIdentity;

    /// <summary>Version of the format. The writer sets it.</summary>
    public int Version { get; init; } = TokenFormat.Version;

    /// <summary>Frames per second.</summary>
    public double FrameRate => (double)SamplingRate / SamplesPerFrame;

    /// <summary>Fields with values that are not allowed.</summary>
    internal IEnumerable<Problem> Problems()
    {
        if (!Model.IsValid) yield return new("model", $"{Model}", NamesAllowed);
        if (!Probabilities.IsValid) yield return new("probabilities", $"{Probabilities}", NamesAllowed);
        if (SamplingRate is < 1 or > TokenFormat.MaxSamplingRate) yield return new("sampling rate", $"{SamplingRate} Hz", $"1…{TokenFormat.MaxSamplingRate}");
        if (Channels is < 1 or > TokenFormat.MaxChannels) yield return new("channels", $"{Channels}", $"1…{TokenFormat.MaxChannels}");
        if (SamplesPerFrame is < 1 or > TokenFormat.MaxSamplesPerFrame) yield return new("samples per frame", $"{SamplesPerFrame}", $"1…{TokenFormat.MaxSamplesPerFrame}");
        if (Codebooks is < 1 or > TokenFormat.MaxCodebooks) yield return new("codebooks", $"{Codebooks}", $"1…{TokenFormat.MaxCodebooks}");
        if (Entries is < 2 or > TokenFormat.MaxEntries) yield return new("entries", $"{Entries}", $"2…{TokenFormat.MaxEntries}");
        if (!IsScale(Gain)) yield return new("gain", $"{Gain}", $"a number from 0 to {MaxScale}");
    }

    private static string NamesAllowed => $"a type, a name of at most {TokenFormat.MaxNameLength} characters, and a SHA-256 or none";

    internal static bool IsScale(float scale) => scale is >= 0 and <= MaxScale;

    /// <summary>The header's bytes with their checksum.</summary>
    internal byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        bytes.Write(TokenFormat.Magic);
        using var writer = new BinaryWriter(bytes, Utf8);
        writer.Write((ushort)TokenFormat.Version);
        writer.Write((ushort)0); // length of the fields, below
        Write(writer, Model);
        Write(writer, Probabilities);
        writer.Write(SamplingRate);
        writer.Write((byte)Channels);
        writer.Write(SamplesPerFrame);
        writer.Write((byte)Codebooks);
        writer.Write(Entries);
        writer.Write(Gain);
        writer.Write(0); // the checksum, below
        var header = bytes.ToArray();
        var end = header.Length - TokenFormat.ChecksumBytes;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(TokenFormat.Lead - sizeof(ushort)), (ushort)(end - TokenFormat.Lead));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(end), Crc32C.Of(header.AsSpan(0, end)));
        return header;
    }

    /// <summary>Reads the fields; null if they are not as long as declared, or hold invalid text.</summary>
    internal static TokenFileHeader? Parse(int version, byte[] fields)
    {
        using var reader = new BinaryReader(new MemoryStream(fields), Utf8);
        try
        {
            var (model, probabilities) = (Identity(reader), Identity(reader));
            var header = new TokenFileHeader
            {
                Version = version,
                Model = model,
                Probabilities = probabilities,
                SamplingRate = reader.ReadInt32(),
                Channels = reader.ReadByte(),
                SamplesPerFrame = reader.ReadInt32(),
                Codebooks = reader.ReadByte(),
                Entries = reader.ReadInt32(),
                Gain = reader.ReadSingle(),
            };
            return reader.BaseStream.Position == fields.Length ? header : null;
        }
        catch (Exception exception) when (exception is EndOfStreamException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static void Write(BinaryWriter writer, ModelIdentity model)
    {
        foreach (var text in (ReadOnlySpan<byte[]>)[Utf8.GetBytes(model.Type), Utf8.GetBytes(model.Name), Convert.FromHexString(model.Sha256)])
        {
            writer.Write((ushort)text.Length);
            writer.Write(text);
        }
    }

    private static ModelIdentity Identity(BinaryReader reader)
    {
        var (type, name) = (Utf8.GetString(Bytes()), Utf8.GetString(Bytes()));
        return new ModelIdentity(type, name, Convert.ToHexStringLower(Bytes()));

        byte[] Bytes()
        {
            var length = reader.ReadUInt16();
            return reader.ReadBytes(length) is var bytes && bytes.Length == length ? bytes : throw new EndOfStreamException();
        }
    }
}
