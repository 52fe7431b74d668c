using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Checkpoints.Tests;

public sealed class LexiconFileTests
{
    private static readonly Lexicon Words = new(["read", "red", "reader", "it's"],
    [
        new(0, Phones("R", "IY", "D")), new(0, Phones("R", "EH", "D")), new(1, Phones("R", "EH", "D")), new(2, Phones("R", "IY", "D", "ER")), new(3, Phones("IH", "T", "S")),
        new(1, Phones("R", "EH", "D")),
    ]);

    [Fact]
    public void Pronunciations_are_sorted_and_each_is_kept_once()
    {
        Assert.Equal(["IH T S it's", "R EH D read", "R EH D red", "R IY D read", "R IY D ER reader"], Lines(Words));
        using var folder = new TemporaryFolder();
        LexiconFile.Write(folder["x.lexicon"], Words);
        var read = LexiconFile.Read(folder["x.lexicon"]);
        Assert.Equal(Words.Words, read.Words);
        Assert.Equal(Lines(Words), Lines(read));
    }

    [Fact]
    public void Alternatives_are_kept_and_an_older_version_is_named()
    {
        using var folder = new TemporaryFolder();
        var lexicon = new Lexicon(["read", "red"], [new(0, Phones("R", "EH", "D"), IsAlternative: true), new(0, Phones("R", "IY", "D")), new(1, Phones("R", "EH", "D")), new(1, Phones("R", "EH", "D"), IsAlternative: true)]);
        var bytes = LexiconFile.ToBytes(lexicon);
        Assert.Equal([true, false, false], LexiconFile.Read(folder.Write("x.lexicon", bytes)).Pronunciations.Select(entry => entry.IsAlternative));
        Assert.Equal([[new Phone("R"), new Phone("IY"), new Phone("D")], [new Phone("R"), new Phone("EH"), new Phone("D")]], WordPronunciations.Of(lexicon).Find("read"));

        Assert.Equal((1, 0), (WordPronunciations.Of(Words).Undecided, WordPronunciations.Of(lexicon).Undecided)); // "read"
        bytes["q2lexicon".Length] = 2;
        Assert.Contains("found version 2; allowed: version 4; the command lexicon writes it", Assert.Throws<CheckpointException>(() => LexiconFile.Read(folder.Write("old.lexicon", bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dictionaries_keep_their_stress_and_the_first_pronunciation_is_preferred()
    {
        using var folder = new TemporaryFolder();
        var words = WordPronunciations.Read([folder.Write("a.dict", "read(2) R EH1 D\nread R IY1 D\n"), folder.Write("b.dict", "READ R EY1 D\nred R EH1 D\n")]);
        Assert.Equal(["R IY1 D", "R EH1 D", "R EY1 D"], words.Find("read").Select(phones => string.Join(' ', phones)));
        Assert.Equal((2, true, 0), (words.Count, words.HasStress, words.Undecided));
        Assert.Empty(words.Find("blue"));
        Assert.Null(words.Guess("blue"));
    }

    [Fact]
    public void Every_cut_and_change_is_an_error_that_names_file_and_place_or_with_its_checksum_a_lexicon()
    {
        using var folder = new TemporaryFolder();
        var whole = LexiconFile.ToBytes(Words);
        var bytes = whole[..^4];
        for (var length = 0; length < bytes.Length; length++)
        {
            foreach (var cut in new[] { whole[..length], SealedFile.Seal(bytes.AsSpan(0, length)) })
            {
                var path = folder.Write("cut.lexicon", cut);
                Assert.Contains(path, Assert.Throws<CheckpointException>(() => LexiconFile.Read(path)).Message, StringComparison.Ordinal);
            }
        }

        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var value in new byte[] { 0, 5, 0x7F, 0xFF })
            {
                var changed = bytes.ToArray();
                changed[at] = value;
                if (value != bytes[at]) Assert.Throws<CheckpointException>(() => LexiconFile.Read(folder.Write("changed.lexicon", [.. changed, .. whole[^4..]])));
                var path = folder.Write("changed.lexicon", SealedFile.Seal(changed));
                try
                {
                    var read = LexiconFile.Read(path);
                    Assert.All(read.Pronunciations, entry => Assert.True(entry.Word < read.Words.Count && entry.Phones.Length > 0 && entry.Phones.All(phone => phone is > 0 and < PhoneSet.Count)));
                }
                catch (CheckpointException error)
                {
                    Assert.Contains(path, error.Message, StringComparison.Ordinal);
                }
            }
        }

        Assert.Throws<CheckpointException>(() => LexiconFile.Read(folder.Write("longer.lexicon", SealedFile.Seal([.. bytes, 0]))));
    }

    [Fact]
    public void Another_file_and_none_are_errors()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("beginning", Assert.Throws<CheckpointException>(() => LexiconFile.Read(folder.Write("x.dict", "a AH\n"))).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => LexiconFile.Read(folder["none"]));
        var error = Assert.Throws<CheckpointException>(() => LexiconFile.Read(folder));
        Assert.Contains("found a folder", error.Message, StringComparison.Ordinal);
        Assert.Contains("found a folder", Assert.Throws<CheckpointException>(() => NGramFile.Read(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_lexicon_cannot_be_made()
    {
        Refused("0 phones of \"a\"", ["a"], new Pronunciation(0, []));
        Refused("0 phones of \"a\"", ["a"], default(Pronunciation));
        Refused("65 phones of \"a\"", ["a"], new Pronunciation(0, [.. Enumerable.Repeat((byte)1, 65)]));
        Refused("the number 0 as a phone of \"a\"", ["a"], new Pronunciation(0, [1, 0]));
        Refused("the number 40 as a phone of \"a\"", ["a"], new Pronunciation(0, [40]));
        Refused("a pronunciation of word 1; allowed: words 0 to 0", ["a"], new Pronunciation(1, [1]));
        Refused("a pronunciation of word -1", ["a"], new Pronunciation(-1, [1]));
        Refused("the word \"\"", [""]);
        Refused("the word \"a b\"", ["a b"]);
        Refused("the word \"a\" twice", ["a", "a"]);

        static void Refused(string found, string[] words, params Pronunciation[] pronunciations) =>
            Assert.Contains(found, Assert.Throws<ArgumentException>(() => new Lexicon(words, pronunciations)).Message, StringComparison.Ordinal);
    }

    private static byte[] Phones(params string[] names) => [.. PhoneSet.Ids(names).Select(id => (byte)id)];

    private static IEnumerable<string> Lines(Lexicon lexicon) =>
        lexicon.Pronunciations.Select(entry => string.Join(' ', entry.Phones.Select(phone => PhoneSet.Names[phone - 1]).Append(lexicon.Words[entry.Word])));
}
