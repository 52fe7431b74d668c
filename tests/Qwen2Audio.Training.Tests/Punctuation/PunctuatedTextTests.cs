using Qwen2Audio.Checkpoints.Punctuation;
using Qwen2Audio.Training.Punctuation;

namespace Qwen2Audio.Training.Tests.Punctuation;

public sealed class PunctuatedTextTests
{
    [Theory]
    [InlineData("He came; she went, too. Why?", "he came, she went, too. why?")]
    [InlineData("\"No!\" said he. \"Never!\" He left.", "no, said he. never. he left.")]
    [InlineData("Mr. Smith met Capt. J. Hook, etc. and so on.", "mister smith met captain j hook, etc~ and so on.")]
    [InlineData("It is well-known\u2014to me\u2014that to-day's late: yes", "it is well known~ to me~ that to day's late~ yes")]
    [InlineData("\u201cDon\u2019t,\u201d he said\u2026 (softly).", "don't, he said~ softly~")]
    [InlineData("\"What?\" he asked.", "what~ he asked.")]
    [InlineData("In 1850, caf\u00e9s -- two of them -- closed.", "in #, #~ two of them~ closed.")]
    [InlineData(" . , \" ", "")]
    public void Marks_and_words_are_told(string passage, string expected) => Assert.Equal(expected, string.Join(' ', PunctuatedText.Words(passage).Select(Shown)));

    [Fact]
    public void Capitals_show_a_form_only_within_a_sentence()
    {
        var words = PunctuatedText.Words("The Duke said, \"Take Paris. Now\" - But London? Yes, NOT Rome.");
        Assert.Equal("Duke said Paris London NOT Rome", string.Join(' ', words.Where(word => word.ShowsForm).Select(word => word.Written)));
    }

    private static string Shown(PunctuatedWord word) =>
        (word.Word.Length == 0 ? "#" : word.Word) + word.After switch { Mark.Comma => ",", Mark.FullStop => ".", Mark.QuestionMark => "?", Mark.None => "", _ => "~" };
}
