using System.Buffers.Binary;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Checkpoints.Punctuation;

/// <summary>
/// Reads and writes punctuation models. The format, little-endian: "q2punctuation" and a version byte; the numbers of rows of the marks' and of the capitals' weights (4 bytes each); the step (a float); the
/// words, UTF-8 lines, as <see cref="CompressedLines"/>; then, entropy-coded (<see cref="AnsEncoder"/>) with a table for each mark, for capitals, for words, and for pauses, all weights in this order. At the end a checksum (<see cref="SealedFile"/>).
/// </summary>
public static class PunctuationFile
{
    /// <summary>Name within a model's folder.</summary>
    public const string FileName = "text.punctuation";

    private const byte Version = 1;
    private const int Header = 26;
    private const int MostBytes = 1 << 26;
    private const int PerByte = 256; // weights
    private const int AlwaysAllowed = 1 << 25; // weights, of which few are not 0 after a short text
    private const int Tables = PunctuationModel.Marks + 3;
    private static ReadOnlySpan<byte> Magic => "q2punctuation"u8;

    /// <summary>Reads a file.</summary>
    /// <exception cref="CheckpointException">It is missing, damaged, or has another format.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PunctuationModel Read(string path)
    {
        const string allowed = "a punctuation model, from the command punctuation";
        var file = SmallFile.Read(path, MostBytes, allowed);
        if (!file.AsSpan().StartsWith(Magic)) throw new CheckpointException(path, "beginning", "another format", allowed);
        var bytes = SealedFile.Open(file, Magic.Length, Version, "punctuation", path);
        if (bytes.Length < Header) throw Fault("the end of the file", $"{Header} bytes and more");
        var (rows, capitals) = (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(14)), BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(18)));
        var step = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(22));
        var most = Math.Max(AlwaysAllowed, (long)bytes.Length * PerByte);
        if (rows < 1 || capitals < 1 || (long)rows * PunctuationModel.Marks > most || capitals > most) throw Fault($"{rows} and {capitals} rows", $"at least 1, and up to {most} weights");
        if (!(step is > 0 and <= 4)) throw Fault($"steps of {step}", "above 0, up to 4");
        var lines = CompressedLines.Read(bytes, Header, path, out var end);
        var coder = new AnsDecoder(bytes.AsSpan(end), Tables, out var problem);
        if (problem is not null) throw Fault(problem, "tables of frequencies");
        var weights = new[] { new sbyte[rows * PunctuationModel.Marks], new sbyte[capitals], new sbyte[lines.Length], new sbyte[PunctuationModel.PauseKinds.Count * PunctuationModel.Marks] };
        for (var part = 0; part < weights.Length; part++)
            for (var i = 0; i < weights[part].Length; i++)
                weights[part][i] = coder.Symbol(Table(part, i)) is >= 0 and var symbol ? (sbyte)(symbol - PunctuationModel.MostSteps) : throw Fault("a weight without frequencies", "weights of the tables");
        if (!coder.IsWhole) throw Fault("another end", "a file that ends with its last weight");
        try
        {
            return new PunctuationModel(new WordForms(lines), weights[2], weights[0], weights[1], weights[3], step);
        }
        catch (ArgumentException exception)
        {
            throw new CheckpointException(path, "words", exception.Message, "words as the command punctuation writes them", exception);
        }

        CheckpointException Fault(string found, string allowed) => new(path, "content", found, allowed);
    }

    /// <summary>Writes a file.</summary>
    public static void Write(string path, PunctuationModel model) => AtomicFile.Write(path, ToBytes(model));

    /// <summary>The bytes of a file.</summary>
    public static byte[] ToBytes(PunctuationModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var output = new MemoryStream();
        output.Write(Magic);
        output.WriteByte(Version);
        Span<byte> numbers = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(numbers, model.Places.Length / PunctuationModel.Marks);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[4..], model.Capitals.Length);
        BinaryPrimitives.WriteSingleLittleEndian(numbers[8..], model.Step);
        output.Write(numbers);
        CompressedLines.Write(output, model.Forms.Lines);
        var coder = new AnsEncoder(Tables);
        IReadOnlyList<sbyte>[] weights = [model.Places, model.Capitals, model.Usual, model.Pauses];
        for (var part = 0; part < weights.Length; part++)
            for (var i = 0; i < weights[part].Count; i++) coder.Add(Table(part, i), weights[part][i] + PunctuationModel.MostSteps);
        output.Write(coder.ToBytes());
        return SealedFile.Seal(output.ToArray());
    }

    private static int Table(int part, int index) => part == 0 ? index % PunctuationModel.Marks : PunctuationModel.Marks - 1 + part;
}
