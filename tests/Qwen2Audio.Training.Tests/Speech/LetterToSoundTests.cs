using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Training.Speech.Phones;

namespace Qwen2Audio.Training.Tests.Speech;

public sealed class LetterToSoundTests : TestInFolder
{
    private static readonly string[] Dictionary =
    [
        "cat K AE1 T", "cot K AA T", "tack T AE K", "tax T AE K S", "fox F AA K S", "ox AA K S", "ax AE K S", "axe AE K S", "fax F AE K S", "phat F AE T", "phone F OW N", "tone T OW N", "note N OW T", "not N AA T",
        "tan T AE N", "fat F AE T", "can't K AE N T", "cant(2) K AA N T", "on AA N", "an AE N", "taxes T AE K S AH Z", "foxes F AA K S AH Z", "w D AH B AH L Y UW", "x-ray EH K S R EY",
    ];

    [Theory]
    [InlineData("fox", "f:F o:AA x:K_S")]
    [InlineData("phone", "ph:F o:OW ne:N")]
    [InlineData("tack", "t:T a:AE ck:K")]
    [InlineData("can't", "c:K a:AE n:N 't:T")]
    [InlineData("w", null)] // seven phones do not fit onto one letter
    public void Words_are_divided_into_their_graphones(string word, string? graphones)
    {
        var entries = LexiconBuilder.Entries([Write()], out var leftOut);
        Assert.Equal(1, leftOut);
        var best = new GraphoneAlignment(entries.Select(entry => (entry.Word, entry.Phones)), 10).Best().ToList();
        Assert.Equal(graphones, best[entries.FindIndex(entry => entry.Word == word)] is { } found ? string.Join(' ', found) : null);
    }

    [Theory]
    [InlineData("cat", "K AE T")]
    [InlineData("phox", "F AA K S")]
    [InlineData("phan", "F AE N")]
    [InlineData("axes", "AE K S AH Z")]
    public void Known_and_new_words_are_pronounced(string word, string phones) => Assert.Equal(phones, string.Join(' ', Assert.Single(LetterToSoundTrainer.Train(Write()).Pronounce(word)).Phones));

    [Fact]
    public void A_search_that_drops_nothing_is_exact()
    {
        var model = LetterToSoundTrainer.Train(Write()).Model;
        var exact = new LetterToSound(model, int.MaxValue, double.PositiveInfinity);
        foreach (var word in new[] { "a", "cat", "tacks", "phone", "foxe" })
        {
            var expected = Derivations(model, word).GroupBy(derivation => derivation.Phones, StringComparer.Ordinal)
                .Select(group => (Phones: group.Key, Score: Math.Log(group.Sum(derivation => Math.Exp(derivation.Score))))).OrderByDescending(found => found.Score).ToList();
            var found = exact.Pronounce(word, int.MaxValue);
            Assert.Equal(expected.Count, found.Count);
            foreach (var (one, other) in expected.Zip(found)) Assert.Equal(one.Score, other.LogProbability, 1e-9);
            Assert.Equal(expected.ToDictionary(one => one.Phones, one => Math.Round(one.Score, 8)), found.ToDictionary(one => string.Join(' ', one.Phones), one => Math.Round(one.LogProbability, 8)));
            Assert.Equal(found[0].Phones, new LetterToSound(model).Pronounce(word)[0].Phones);
        }
    }

    [Fact]
    public void The_same_dictionary_gives_the_same_model_and_a_file_keeps_it()
    {
        var model = LetterToSoundTrainer.Train(Write()).Model;
        Assert.Equal(NGramFile.ToBytes(model), NGramFile.ToBytes(LetterToSoundTrainer.Train(Write()).Model));
        NGramFile.Write(Path.Combine(Folder, "x.ngram"), model);
        var read = new LetterToSound(NGramFile.Read(Path.Combine(Folder, "x.ngram")));
        Assert.Equal(["F", "AA", "K", "S"], read.Pronounce("phox")[0].Phones);
    }

    [Theory]
    [InlineData("zebra")]
    [InlineData("café")]
    [InlineData("Cat")]
    [InlineData("")]
    public void Letters_that_were_never_seen_have_no_pronunciation(string word) => Assert.Empty(LetterToSoundTrainer.Train(Write()).Pronounce(word, 5));

    [Theory]
    [InlineData("cat K XX", "line 1: \"XX\" is not a phone")]
    [InlineData("cat", "line 1: \"cat\" has no phones")]
    [InlineData("w D AH B AH L Y UW\n3d TH R IY D IY", "no word of letters")]
    [InlineData("", "no word of letters")]
    public void A_dictionary_of_which_nothing_can_be_learned_is_refused(string text, string problem)
    {
        File.WriteAllText(Path.Combine(Folder, "bad.dict"), text);
        var error = Assert.Throws<PronunciationException>(() => LetterToSoundTrainer.Train(Path.Combine(Folder, "bad.dict"))).Message;
        Assert.Contains("bad.dict", error, StringComparison.Ordinal);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.Throws<PronunciationException>(() => LetterToSoundTrainer.Train(Path.Combine(Folder, "none.dict")));
    }

    [Theory]
    [InlineData("the")]
    [InlineData("abc:K")]
    [InlineData(":K")]
    [InlineData("a:XX")]
    public void A_model_of_other_words_is_refused(string word)
    {
        var model = Training.NGrams.NGramTrainer.Train(Training.NGrams.NGramCorpus.Of([$"a:AE {word}"], 10), new Training.NGrams.NGramOptions());
        Assert.Contains($"\"{word}\" is not a graphone", Assert.Throws<ArgumentException>(() => new LetterToSound(model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lexicon_gets_the_words_that_it_lacks_and_can_be_pronounced()
    {
        var lexicon = LexiconBuilder.Read([Write()], new HashSet<string>(["cat"], StringComparer.Ordinal), out _);
        var complete = LexiconBuilder.Complete(lexicon, ["phox", "cat", "zebra"], LetterToSoundTrainer.Train(Write()));
        Assert.Equal(["phox", "cat"], complete.Words); // in the order of their phones
        Assert.Equal(2, complete.Pronunciations.Count);
    }

    private string Write()
    {
        File.WriteAllLines(Path.Combine(Folder, "some.dict"), Dictionary);
        return Path.Combine(Folder, "some.dict");
    }

    /// <summary>All ways to spell a word with the model's graphones.</summary>
    private static IEnumerable<(string Phones, double Score)> Derivations(NGramModel model, string word)
    {
        return From(0, model.Beginning, [], 0);

        IEnumerable<(string, double)> From(int at, NGramState state, string[] phones, double score)
        {
            if (at == word.Length)
            {
                if (phones.Length > 0) yield return (string.Join(' ', phones), score + model.LogProbability(state, model.EndId));
                yield break;
            }

            foreach (var (id, graphone) in model.Words.Index())
            {
                if (graphone.Split(':') is not [var letters, var sounds] || !word.AsSpan(at).StartsWith(letters, StringComparison.Ordinal)) continue;
                foreach (var end in From(at + letters.Length, model.Next(state, id), [.. phones, .. sounds.Split('_', StringSplitOptions.RemoveEmptyEntries)], score + model.LogProbability(state, id)))
                    yield return end;
            }
        }
    }
}
