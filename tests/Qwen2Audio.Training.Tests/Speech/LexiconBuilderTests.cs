using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Training.Speech.Phones;

namespace Qwen2Audio.Training.Tests.Speech;

public sealed class LexiconBuilderTests
{
    [Fact]
    public void A_word_has_the_pronunciations_of_all_dictionaries()
    {
        using var folder = new TemporaryFolder();
        var first = folder.Write("a.dict", "read R IY1 D\nread(2) R EH1 D\na.m. EY EH M\n'em AH M\nx-ray EH K S R EY\n");
        var second = folder.Write("b.dict", "READ R IY D\nred R EH D\n");
        Assert.Equal(["AH M em", "R EH D read", "R EH D red", "R IY D read"], Lines(LexiconBuilder.Read([first, second], null, out var leftOut)));
        Assert.Equal(2, leftOut);
        Assert.Equal(["R EH D red"], Lines(LexiconBuilder.Read([first, second], new HashSet<string>(["red", "blue"], StringComparer.Ordinal), out _)));
        Assert.Throws<PronunciationException>(() => LexiconBuilder.Read([folder["none.dict"]], null, out _));
        var longest = folder.Write("long.dict", "long" + string.Concat(Enumerable.Repeat(" AH", LexiconFile.MostPhones + 1)));
        Assert.Contains("65 phones", Assert.Throws<PronunciationException>(() => LexiconBuilder.Read([longest], null, out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_pronunciation_is_preferred_but_not_that_of_a_short_form()
    {
        using var folder = new TemporaryFolder();
        var lexicon = LexiconBuilder.Read([folder.Write("a.dict", "'gain G EH N\n'twas T W AH Z\ngain G EY N\nread R IY D\nread(2) R EH D\n"), folder.Write("b.dict", "read R EH D\n")], null, out _);
        Assert.Equal(["G EY N gain", "R IY D read", "T W AH Z twas"], Lines(new Lexicon(lexicon.Words, lexicon.Pronunciations.Where(entry => !entry.IsAlternative))));
        Assert.Equal(5, lexicon.Pronunciations.Count);
    }

    [Fact]
    public void A_letter_is_listed_as_the_word_and_by_its_name()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(["AH a", "EY a"], Lines(LexiconBuilder.Read([folder.Write("a.dict", "a AH\na(2) EY\n")], null, out _)));
    }

    private static IEnumerable<string> Lines(Lexicon lexicon) =>
        lexicon.Pronunciations.Select(entry => string.Join(' ', entry.Phones.Select(phone => PhoneSet.Names[phone - 1]).Append(lexicon.Words[entry.Word])));
}
