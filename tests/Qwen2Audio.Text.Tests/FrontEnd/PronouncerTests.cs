using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Text.Tests.FrontEnd;

/// <summary>Phones by context, from the dictionary, by inflection, by guess and by letters' names.</summary>
public sealed class PronouncerTests
{
    [Theory]
    [InlineData("the apple", "DH IY")]
    [InlineData("the hour", "DH IY")]
    [InlineData("the pear", "DH AH")]
    [InlineData("the use", "DH AH")]
    [InlineData("the, apple", "DH AH")]
    [InlineData("a pear", "AH")]
    [InlineData("A, b", "EY")]
    public void Articles_depend_on_the_next_word(string text, string phones) => Assert.Equal(phones, Phones(text, 0));

    [Theory]
    [InlineData("I have read it", 2, "R EH D")]
    [InlineData("I will read it", 2, "R IY D")]
    [InlineData("they live here", 1, "L IH V")]
    [InlineData("a live show", 1, "L AY V")]
    [InlineData("he set a record", 3, "R EH K ER D")]
    [InlineData("please record it", 1, "R IH K AO R D")]
    [InlineData("I use it", 1, "Y UW Z")]
    [InlineData("the use of it", 1, "Y UW S")]
    [InlineData("close the door", 0, "K L OW Z")]
    [InlineData("it is close to me", 2, "K L OW S")]
    [InlineData("the wind", 1, "W IH N D")]
    [InlineData("to wind up", 1, "W AY N D")]
    [InlineData("a tear", 1, "T IH R")]
    [InlineData("to tear", 1, "T EH R")]
    public void Heteronyms_depend_on_the_words_around_them(string text, int word, string phones) => Assert.Equal(phones, Phones(text, word));

    [Theory]
    [InlineData("googled", "G UW G AH L D")]
    [InlineData("blogs", "B L AO G Z")]
    [InlineData("cafes", "K AH F EY Z")]
    [InlineData("judge's", "JH AH JH IH Z")]
    [InlineData("buzzes", "B AH Z IH Z")]
    [InlineData("walks", "W AO K S")]
    [InlineData("wanted", "W AA N T IH D")]
    [InlineData("walked", "W AO K T")]
    [InlineData("planned", "P L AE N D")]
    [InlineData("baking", "B EY K IH NG")]
    [InlineData("tries", "T R AY Z")]
    [InlineData("happiness", "HH AE P IY N AH S")]
    [InlineData("unknown", "AH N N OW N")]
    [InlineData("happily", "HH AE P IY L IY")]
    [InlineData("dog'll", "D AO G AH L")]
    public void Inflections_follow_their_bases(string word, string phones)
    {
        var spoken = TestWords.FrontEnd.Read($"{word}.").Single().Words.Single();
        Assert.Equal((phones, PhoneSource.Inflection), (string.Join(' ', spoken.Phones), spoken.Source));
    }

    [Fact]
    public void Unknown_words_are_guessed_or_spelled_with_a_warning()
    {
        var guessed = TestWords.FrontEnd.Read("zorbs's").Single().Words.Single();
        Assert.Equal(("Z IY Z", PhoneSource.Guess), (string.Join(' ', guessed.Phones), guessed.Source));
        var spelled = TestWords.FrontEnd.Read("the quob, yes").Single();
        Assert.Equal(["the", "q", "u", "o", "b", "yes"], spelled.Words.Select(word => word.Text));
        Assert.Equal([PhraseBreak.None, PhraseBreak.None, PhraseBreak.None, PhraseBreak.None, PhraseBreak.Comma, PhraseBreak.Sentence], spelled.Words.Select(word => word.Break));
        Assert.Equal(("spelled", 4L, 4), (spelled.Warnings.Single().Code, spelled.Warnings[0].Start, spelled.Warnings[0].Length));
    }

    [Fact]
    public void Stress_is_kept_if_the_dictionary_has_it()
    {
        var words = new TextFrontEnd(new TestWords { HasStress = true }).Read("the apple B").Single().Words;
        Assert.Equal(["DH IY0", "AE P AH L", "B IY1"], words.Select(word => string.Join(' ', word.Phones)));
        Assert.Equal([new Phone("AH", 0), new Phone("B")], Phone.Of("AH0", "B"));
    }

    private static string Phones(string text, int word) => string.Join(' ', TestWords.FrontEnd.Read(text).Single().Words[word].Phones);
}
