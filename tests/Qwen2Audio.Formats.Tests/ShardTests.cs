using System.Formats.Tar;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Formats.Shards;

namespace Qwen2Audio.Formats.Tests;

/// <summary>Shards are written with the base library's tar writer, in each of its formats.</summary>
public sealed class ShardTests : TestInFolder
{
    [Theory]
    [InlineData("a-{000..012}.tar", 13, "a-000.tar", "a-012.tar")]
    [InlineData("{x,y}-{0..9}.tar", 20, "x-0.tar", "y-9.tar")]
    [InlineData("{8..11}.tar", 4, "8.tar", "11.tar")]
    [InlineData("plain.tar", 1, "plain.tar", "plain.tar")]
    public void PatternsStandForNames(string pattern, int count, string first, string last)
    {
        var names = ShardPattern.Expand(pattern);
        Assert.Equal((count, first, last), (names.Count, names[0], names[^1]));
    }

    [Theory]
    [InlineData("a-{0..3.tar")]
    [InlineData("a-0}.tar")]
    [InlineData("a-{3..0}.tar")]
    [InlineData("a-{x..z}.tar")]
    [InlineData("a-{}.tar")]
    [InlineData("a-{0..99999999}.tar")]
    [InlineData("a-{0..999}-{0..999}.tar")]
    [InlineData("a-{{0..1}}.tar")]
    public void PatternsThatAreNoneAreRefused(string pattern) =>
        Assert.Contains("pattern", Assert.Throws<ShardException>(() => ShardPattern.Expand(pattern)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("sets/an4-{000..012}.tar", "an4")]
    [InlineData("an4-00012.tar", "an4")]
    [InlineData("{0..3}.tar", "shards")]
    public void AStemNamesTheDataset(string pattern, string stem) => Assert.Equal(stem, ShardPattern.Stem(pattern));

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.V7)]
    public void SamplesAreFilesOfOneName(TarEntryFormat format)
    {
        var far = format == TarEntryFormat.V7 ? "far" : string.Join('/', Enumerable.Repeat("folder", 15)) + "/" + new string('n', 20);
        var path = Make("s.tar", format, ("a.wav", "AAAA"), ("a.txt", "first"), ("a.seg.json", "{}"), ("sub.dir/b.flac", new string('b', 1000)), ("sub.dir/b.TXT", "second"), (far + ".wav", "FAR"));
        var shard = Shard.Open(path);
        Assert.Empty(shard.Problems);
        Assert.Equal(["a", "sub.dir/b", far], shard.Samples.Select(sample => sample.Key));
        Assert.Equal(["wav", "txt", "seg.json"], shard.Samples[0].Members.Select(member => member.Extension));
        Assert.Equal("second", Text(shard, 1, "txt"));
        Assert.Equal(new string('b', 1000), Text(shard, 1, "flac"));
        Assert.Equal("FAR", Text(shard, 2, "wav"));
    }

    [Fact]
    public void What_a_cut_off_shard_still_has_is_used_and_the_rest_named()
    {
        var path = Make("s.tar", TarEntryFormat.Ustar, ("a.wav", "AAAA"), ("a.txt", "first"), ("b.wav", new string('b', 2000)), ("b.txt", "second"));
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(4 * 512 + 512 + 700)]);
        var shard = Shard.Open(path);
        Assert.Equal("first", Text(shard, 0, "txt"));
        Assert.Single(shard.Samples);
        var problem = Assert.Single(shard.Problems);
        foreach (var part in (string[])["b.wav", "byte 2048", "2000 bytes", "700"]) Assert.Contains(part, problem, StringComparison.Ordinal);

        File.WriteAllBytes(path, bytes[..2048]); // at the end of a file: only the end mark shows that something is missing
        Assert.Contains("byte 2048", Assert.Single(Shard.Open(path).Problems), StringComparison.Ordinal);

        bytes[2048 + 10] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("checksum", Assert.Single(Shard.Open(path).Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is no tar file, only a text that is long enough")]
    public void What_is_no_tar_file_is_refused(string content)
    {
        var path = Path.Combine(Folder, "s.tar");
        File.WriteAllText(path, content.PadRight(content.Length == 0 ? 0 : 1024, '.'));
        Assert.Contains("s.tar", Assert.Throws<ShardException>(() => Shard.Open(path)).Message, StringComparison.Ordinal);
        Assert.Throws<ShardException>(() => Shard.Open(Path.Combine(Folder, "none.tar")));
    }

    [Fact]
    public void A_shard_that_is_shorter_than_its_index_loses_only_what_is_missing()
    {
        var path = Make("s.tar", TarEntryFormat.Pax, ("a.wav", "AAAA"), ("a.txt", "first"), ("b.wav", new string('b', 2000)), ("b.txt", "second"));
        var whole = ShardIndex.Write(path);
        Assert.Equivalent(whole.Samples, Shard.Open(path).Samples, strict: true);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(int)(whole.Samples[1].Members[0].Offset + 100)]);
        var shorter = Shard.Open(path);
        Assert.Equal("first", Text(shorter, 0, "txt"));
        Assert.Contains("\"b\"", Assert.Single(shorter.Problems), StringComparison.Ordinal);
        // it became shorter after it was opened
        Assert.Contains("b.wav", Assert.Throws<ShardException>(() => whole.Read(whole.Samples[1], whole.Samples[1].Members[0])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_of_another_shard_is_noticed()
    {
        var path = Make("s.tar", TarEntryFormat.Ustar, ("a.wav", "AAAA"), ("a.txt", "first"));
        ShardIndex.Write(path);
        Make("s.tar", TarEntryFormat.Ustar, ("x.wav", "BBBB"), ("x.txt", "other"));
        var shard = Shard.Open(path);
        var error = Assert.Throws<ShardException>(() => shard.Read(shard.Samples[0], shard.Samples[0].Members[0]));
        foreach (var part in (string[])["a.wav", "x.wav"]) Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v9 1\nwav 512 4 a.wav\n", "line 1")]
    [InlineData("v1.2 2\nwav 512 4 a.wav\n", "1 samples")]
    [InlineData("v1.2 1\nwav 512 4\n", "line 2")]
    [InlineData("v1.2 1\nwav -5 4 a.wav\n", "line 2")]
    [InlineData("v1.2 1\nwav 512 4 a.txt\n", "line 2")]
    [InlineData("", "line 1")]
    public void A_damaged_index_is_refused(string index, string place)
    {
        var path = Make("s.tar", TarEntryFormat.Ustar, ("a.wav", "AAAA"));
        File.WriteAllText(ShardIndex.PathOf(path), index);
        var error = Assert.Throws<ShardException>(() => Shard.Open(path));
        Assert.Contains("s.idx", error.Message, StringComparison.Ordinal);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clips_of_shards_have_texts_and_what_is_unusable_is_listed()
    {
        Make("an4-0.tar", TarEntryFormat.Ustar, ("a.wav", "A"), ("a.txt", " yes sir\n"), ("b.wav", "B"), ("c.txt", "no sound"),
            ("d.flac", "D"), ("d.json", """{"label": "dog", "duration": 2, "lang": "en", "split": "val"}"""), ("e.wav", "E"), ("e.json", "{"));
        Make("an4-1.tar", TarEntryFormat.Ustar, ("a.wav", "A"), ("a.txt", "again"), ("f.mp3", "F"), ("f.json", """{"speaker": "s"}"""), ("f.txt", "both"));
        var clips = ShardClips.Read(Path.Combine(Folder, "an4-{0..2}.tar"));
        Assert.Equal(["yes sir", "dog", "both"], clips.Clips.Select(clip => clip.Row.Text));
        Assert.Equal(new ManifestRow { Path = Path.Combine(Folder, "an4-0.tar") + "/d.flac", Dataset = "an4", Task = "classification", Text = "dog", Split = "val", Seconds = 2, Language = "en", Id = "d" },
            clips.Clips[1].Row);
        Assert.Equal("s", clips.Clips[2].Row.Speaker);
        Assert.Equal("D", Encoding.UTF8.GetString(clips.Clips[1].ReadAudio()));
        Assert.Equal(["an4-0.tar/b.wav", "an4-0.tar/c", "an4-0.tar/e.wav", "an4-1.tar/a.wav", "an4-2.tar"], clips.Skipped.Select(skipped => Path.GetRelativePath(Folder, skipped.Row.Path)));
        var reasons = clips.Skipped.Select(skipped => skipped.Reason).ToList();
        Assert.Equal(5, reasons.Count);
        foreach (var (reason, part) in reasons.Zip((string[])["with the audio", "an audio file", "e.json", "\"a\" is also in", "an4-2.tar"]))
            Assert.Contains(part, reason, StringComparison.Ordinal);
        Assert.Throws<ShardException>(() => ShardClips.Read(Path.Combine(Folder, "none-{0..2}.tar")));
    }

    [Fact]
    public void Of_two_audio_files_or_texts_none_is_taken()
    {
        Make("s-0.tar", TarEntryFormat.Ustar, ("a.wav", "A"), ("a.flac", "A"), ("a.txt", "a"), ("b.left.wav", "B"), ("b.wav", "B"), ("b.txt", "b"),
            ("c.wav", "C"), ("c.txt", "c"), ("c.norm.txt", "see"), ("d.wav", "D"), ("d.txt", "d"), ("d.json", """{"text": "dee"}"""),
            ("e.wav", "E"), ("e.txt", "e"), ("e.json", """{"text": "e", "snr": 3}"""), ("f.wav", "F"), ("f.txt", "f"), ("f.cls", "7"));
        var path = Path.Combine(Folder, "s-0.tar");
        var clips = ShardClips.Read(path);
        Assert.Equal(["e", "f"], clips.Clips.Select(clip => clip.Row.Text));
        Assert.Equal(["snr"], clips.Unused);
        foreach (var (skipped, part) in clips.Skipped.Zip((string[])[".wav, .flac", ".left.wav, .wav", ".txt, .norm.txt", "\"d\" in .txt, \"dee\" in .json"]))
            Assert.Contains(part, skipped.Reason, StringComparison.Ordinal);
        Assert.Equal(4, clips.Skipped.Count);
    }

    [Fact]
    public void A_text_that_is_no_UTF8_is_listed_and_not_replaced()
    {
        var path = Make("s.tar", TarEntryFormat.Ustar, ("a.wav", "A"), ("a.txt", "caf?"));
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().IndexOf("caf?"u8) + 3] = 0xE9;
        File.WriteAllBytes(path, bytes);
        var clips = ShardClips.Read(path);
        Assert.Empty(clips.Clips);
        Assert.Contains("not UTF-8", Assert.Single(clips.Skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_bytes_a_shard_has_it_is_read_or_refused()
    {
        var path = Make("s.tar", TarEntryFormat.Pax, ("a.wav", new string('a', 700)), (string.Join('/', Enumerable.Repeat("folder", 30)) + "/b.wav", "B"), ("b.txt", "second"));
        var whole = File.ReadAllBytes(path);
        var random = new Random(5);
        for (var round = 0; round < 400; round++)
        {
            var bytes = whole[..random.Next(whole.Length + 1)];
            for (var change = random.Next(8); change > 0 && bytes.Length > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            // a header whose checksum fits although a field does not
            if (round % 2 == 0 && bytes.Length >= 512) Checksum(bytes.AsSpan(random.Next(bytes.Length / 512) * 512, 512));
            File.WriteAllBytes(path, bytes);
            try
            {
                var shard = Shard.Open(path);
                foreach (var sample in shard.Samples)
                    foreach (var member in sample.Members)
                        Assert.Equal(member.Length, shard.Read(sample, member).Length);
            }
            catch (ShardException exception)
            {
                Assert.Contains("s.tar", exception.Message, StringComparison.Ordinal);
            }
        }

        static void Checksum(Span<byte> header)
        {
            header[148..156].Fill((byte)' ');
            var sum = 0;
            foreach (var value in header) sum += value;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", header[148..156]);
        }
    }

    private static string Text(Shard shard, int sample, string extension) =>
        Encoding.UTF8.GetString(shard.Read(shard.Samples[sample], shard.Samples[sample].Find(extension)!));

    private string Make(string name, TarEntryFormat format, params (string Name, string Content)[] files)
    {
        var path = Path.Combine(Folder, name);
        using var stream = File.Create(path);
        using var writer = new TarWriter(stream, format);
        foreach (var (file, content) in files)
        {
            TarEntry entry = format switch
            {
                TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, file),
                TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, file),
                TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, file),
                _ => new V7TarEntry(TarEntryType.V7RegularFile, file),
            };
            entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content));
            writer.WriteEntry(entry);
        }

        return path;
    }
}
