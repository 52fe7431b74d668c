using System.Buffers.Binary;
using System.Formats.Tar;
using Qwen2Audio.Audio.Tests;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Formats.Shards;
using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>Weights, manifests and shards.</summary>
internal static class FileTargets
{
    private const int DataBytes = 40;

    // a header row that cannot be right is cut at each separator that may be meant, a text for each cell
    private const int PerCell = 128;

    private static readonly string[] SafetensorsWords =
        ["\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "dtype", "shape", "data_offsets", "__metadata__", "F32", "F16", "BF16", "F64", "I64", "I32", "U8", "BOOL", "F8_E4M3", "a", "b.weight", "ids"];

    private static readonly string[] ManifestWords =
    [
        "path", "dataset", "text_or_label", "split", "task", "speaker", "seconds", "sample_rate", "sha256", "offset", "lang", "id", "audio_filepath", "duration", "text", "label", "command", "train", "val", "dev", "\t", "\n",
        "clips/one.wav", "../x.flac",
    ];

    private const string Header = """{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b.weight":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"ids":{"dtype":"I64","shape":[1],"data_offsets":[32,40]},"none":{"dtype":"F16","shape":[0,7],"data_offsets":[40,40]},"__metadata__":{"format":"pt"}}""";

    private const string Arpa = "\\data\\\nngram 1=4\nngram 2=2\n\n\\1-grams:\n-99\t<s>\t-0.17609\n-0.30103\t</s>\n-0.39794\ta\t-0.39794\n-1\t<unk>\n\\2-grams:\n-0.22185\t<s> a\n-0.09691\ta </s>\n\\end\\\n";

    public static IEnumerable<FuzzTarget> All()
    {
        yield return new("ngram-arpa", InputForm.Text, [Bytes(Arpa)], (input, place) => NGrams(place.Write("x.arpa", input)), typeof(CheckpointException), typeof(TextFileException))
        { Tokens = ["\\data\\", "ngram 1=", "\\1-grams:", "\\end\\", "<s>", "</s>", "<unk>", "-99", "\t", "1e400"], AllocatedPerByte = 512 }; // objects for each line
        yield return new("ngram", InputForm.Binary, [NGramFile.ToBytes(Read(Arpa))[..^4]], (input, place) => NGrams(place.Write("x.ngram", Sealed(input))), typeof(CheckpointException)) { Allocated = 8 << 20, AllocatedPerByte = 64 * 64 }; // tables, and compressed words
        yield return new("lexicon", InputForm.Binary, [LexiconFile.ToBytes(new Lexicon(["a", "an"], [new(0, [3]), new(0, [13]), new(1, [3, 23])]))[..^4]],
            (input, place) => $"{LexiconFile.Read(place.Write("x.lexicon", Sealed(input))).Pronunciations.Count} pronunciations", typeof(CheckpointException))
        { AllocatedPerByte = 64 * 64 }; // compressed words
        yield return new("safetensors", InputForm.Binary, [Compose(Bytes(Header), 0)], (input, place) => Weights(place.Write("model.safetensors", input)), typeof(CheckpointException)) { Tokens = SafetensorsWords };
        yield return new("safetensors-header", InputForm.Json, [Bytes(Header), Bytes("""{"x":{"dtype":"U8","shape":[5,8],"data_offsets":[0,40]}}""")],
            (input, place) => Weights(place.Write("model.safetensors", Compose(input, 0))), typeof(CheckpointException))
        { Tokens = SafetensorsWords };
        yield return new("weights-index", InputForm.Json,
            [Bytes("""{"metadata":{"total_size":40},"weight_map":{"a":"m-1.safetensors","b.weight":"m-1.safetensors","ids":"m-1.safetensors","none":"m-1.safetensors"}}""")], Index, typeof(CheckpointException), typeof(ConfigException))
        { Tokens = ["weight_map", "metadata", "total_size", "m-1.safetensors", "m-2.safetensors", "model.safetensors", .. SafetensorsWords] };
        yield return new("manifest-table", InputForm.Text,
        [
            Bytes("path\tdataset\ttext_or_label\tsplit\tspeaker\nclips/one.wav\tan4\tturn it on\ttrain\tanna\nclips/two.wav\tan4\tturn it off\tval\tben\nrain/3.flac\tesc10\train\ttrain\tunknown\n"),
            Bytes("path\tdataset\ttask\ttext_or_label\tspeaker\tsplit\tlicence\tsource\tseconds\tsample_rate\tsha256\toffset\tlang\tid\na.wav\td\tasr\tx\ts\ttrain\tcc\tu\t1.250\t16000\tabc\t0.5\ten\ti1\n"),
        ], Rows, typeof(ManifestException))
        { Tokens = ManifestWords, AllocatedPerByte = PerCell };
        yield return new("manifest-nemo", InputForm.JsonLines,
            [Bytes("""
            {"audio_filepath": "clips/one.wav", "duration": 1.4, "text": "turn it on", "lang": "en", "id": "u1"}
            {"audio_filepath": "clips/two.wav", "duration": 2, "label": "rain", "offset": 0.5, "speaker": "s", "split": "val", "sample_rate": 16000}
            """)], Rows, typeof(ManifestException))
        { Tokens = ManifestWords, AllocatedPerByte = PerCell };
        yield return new("shard", InputForm.Binary, [Tar(TarEntryFormat.Ustar), Tar(TarEntryFormat.Pax), Tar(TarEntryFormat.Gnu)], ReadShard, typeof(ShardException))
        {
            Repair = Repairs.Tar,
            Tokens = ["ustar", "ustar\0", "u1.txt", "u1.json", "u1.wav", "0000644", "00000000010", "77777777777", "\u0080\0\0\0", "././@LongLink", "12 path=x\n"],
            Allocated = 4 << 20,
        };
        yield return new("shard-index", InputForm.Text, [Bytes("v1.2 2\nwav 512 364 u1.wav txt 1536 5 u1.txt\nwav 2560 364 u2.wav json 3584 30 u2.json\n")], (input, place) =>
        {
            place.Write("s.idx", input);
            return ReadShard(place.Keep("tar", () => Tar(TarEntryFormat.Ustar)), place);
        }, typeof(ShardException))
        { Tokens = ["v1.2", "wav", "txt", "json", "u1.wav", "u1.txt"], Allocated = 4 << 20 };
        yield return new("checksums", InputForm.Text, [Bytes("# 2 files\nca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a\n3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b/c\n")], (input, place) =>
        {
            place.Keep("files", () =>
            {
                Directory.CreateDirectory(Path.Combine(place.Folder, "b"));
                return place.Write("a", "a"u8.ToArray()) + place.Write("b/c", "b"u8.ToArray());
            });
            place.Write("SHA256SUMS", input);
            FolderChecksums.Check(place.Folder, "SHA256SUMS");
            return "whole";
        }, typeof(CheckpointException))
        { Tokens = ["# 1 files", "# 2 files", "  a", "  b/c", "../a", "SHA256SUMS", "."], AllocatedPerByte = 32 }; // its text in UTF-16, whole and cut into lines
    }

    private static NGramModel Read(string arpa)
    {
        using var folder = new TemporaryFolder();
        return NGramFile.Read(folder.Write("x.arpa", arpa));
    }

    private static byte[] Sealed(byte[] content)
    {
        var checksum = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32C.Of(content));
        return [.. content, .. checksum];
    }

    private static string NGrams(string path)
    {
        var model = NGramFile.Read(path);
        return $"read {model.LogProbability(model.Next(model.Beginning, model.IdOf("a")), model.EndId) <= 0}";
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Compose(byte[] header, byte fill)
    {
        var file = new byte[8 + header.Length + DataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        file.AsSpan(8 + header.Length).Fill(fill);
        return file;
    }

    private static string Weights(string path)
    {
        using var file = SafetensorsFile.Open(path);
        long bytes = 0;
        foreach (var tensor in file.Tensors.Values)
        {
            bytes += file.ReadBytes(tensor.Name).Length;
            if (tensor.DType is DType.F32 or DType.F16 or DType.BF16) _ = file.ReadFloats(tensor.Name).Length;
        }

        if (bytes > new FileInfo(path).Length) throw new WrongResultException($"{bytes} bytes of tensors in a smaller file");
        return $"read {file.Tensors.Count}";
    }

    private static string Index(byte[] input, Workspace place)
    {
        place.Keep("weights", () => place.Write("config.json", "{}"u8.ToArray()) + place.Write("m-1.safetensors", Compose(Bytes(Header), 0)));
        place.Write("model.safetensors.index.json", input);
        using var folder = CheckpointFolder.Open(place.Folder);
        return folder.Tensors.Count == 4 ? "read" : throw new WrongResultException($"{folder.Tensors.Count} tensors");
    }

    private static string Rows(byte[] input, Workspace place)
    {
        var manifest = Manifest.Read(place.Write("m.tsv", input), skipRepeated: true);
        return $"read {Math.Min(3, manifest.Rows.Count)} rows, {Math.Min(3, manifest.Skipped.Count)} skipped";
    }

    private static string ReadShard(byte[] input, Workspace place)
    {
        var clips = ShardClips.Read(place.Write("s.tar", input));
        var read = 0;
        foreach (var clip in clips.Clips)
        {
            try
            {
                read += clip.ReadAudio().Length > 0 ? 1 : 0;
            }
            catch (ShardException)
            {
                // an index may name what is not there: listed for this clip alone
            }
        }

        return $"read {clips.Clips.Count}, {read}, skipped {clips.Skipped.Count}";
    }

    private static byte[] Tar(TarEntryFormat format)
    {
        using var memory = new MemoryStream();
        using (var writer = new TarWriter(memory, format, leaveOpen: true))
        {
            short[] samples = [.. Enumerable.Range(0, 160).Select(value => (short)value)];
            Add("u1.wav", WavBytes.Pcm16(samples));
            Add("u1.txt", Bytes("hello"));
            Add("u2.wav", WavBytes.Pcm16(samples));
            Add("u2.json", Bytes("""{"text":"x","duration":0.01}"""));
            if (format != TarEntryFormat.Ustar) Add($"{new string('d', 150)}/u3.txt", Bytes("long"));

            void Add(string name, byte[] content)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                    _ => new GnuTarEntry(TarEntryType.RegularFile, name),
                };
                entry.ModificationTime = DateTimeOffset.UnixEpoch;
                entry.DataStream = new MemoryStream(content);
                writer.WriteEntry(entry);
            }
        }

        return memory.ToArray();
    }
}
