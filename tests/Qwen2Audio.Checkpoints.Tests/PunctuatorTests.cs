using Qwen2Audio.Checkpoints.Punctuation;

namespace Qwen2Audio.Checkpoints.Tests;

public sealed class PunctuatorTests
{
    // knows words only: every text is one sentence
    private static PunctuationModel Words(params string[] lines) => new(new WordForms(lines), [.. lines.Select(_ => (sbyte)20)], new sbyte[3], new sbyte[1], new sbyte[PunctuationModel.PauseKinds.Count * PunctuationModel.Marks], 0.25f);

    private static string Write(PunctuationModel model, string text, IReadOnlySet<string>? commands = null, bool ends = true) => string.Join(' ', new Punctuator(model, commands).Write(text.Split(' '), ends: ends));

    [Fact]
    public void Words_are_written_in_their_forms_and_possessives_like_their_nouns()
    {
        var model = Words("I", "I'm", "London", "McDonald", "mister Mr.");
        Assert.Equal("Tell Mr. McDonald I'm in London's streets.", Write(model, "tell mister mcdonald i'm in london's streets"));
        Assert.Equal("Yes mister.", Write(model, "yes mister")); // not "Mr.."
        Assert.Equal("In London", Write(model, "in london", ends: false)); // the beginning of a text
        Assert.Empty(new Punctuator(model).Write([]));
    }

    [Theory]
    [InlineData("b o b", "B O B")]
    [InlineData("a b c", "A B C")]
    [InlineData("a", "A.")] // a word
    [InlineData("x", "X")]
    [InlineData("seven", "seven")]
    [InlineData("nineteen ninety four", "nineteen ninety four")]
    [InlineData("erase c q q f seven", "erase C Q Q F seven")]
    [InlineData("december third nineteen fifty", "December third nineteen fifty")]
    [InlineData("yes", "yes")]
    [InlineData("go five", "go five")]
    [InlineData("yes i do", "Yes I do.")]
    [InlineData("his name is bob b o b", "His name is Bob B O B.")]
    [InlineData("give me a b and an i", "Give me A B and an I.")]
    [InlineData("two men had a plan", "Two men had a plan.")]
    public void Spelled_letters_numbers_and_commands_make_no_sentence(string heard, string written) =>
        Assert.Equal(written, Write(Words("Bob", "December", "I"), heard, new HashSet<string> { "yes", "go", "a" }.Where(word => word != "a").ToHashSet()));

    [Fact]
    public void A_long_pause_makes_a_mark_if_the_model_says_so_and_none_is_put_between_spelled_letters()
    {
        var pauses = new sbyte[PunctuationModel.PauseKinds.Count * PunctuationModel.Marks];
        pauses[^2] = 31; // a full stop after more than a second
        var model = new PunctuationModel(new WordForms(["I"]), [20], new sbyte[3], new sbyte[1], pauses, 0.25f);
        Assert.Equal(["He", "came.", "She", "went."], new Punctuator(model).Write(["he", "came", "she", "went"], [0, 1.5, 0.9]));
        Assert.Equal(["Spell", "it", "out", "please", "B", "O", "B."], new Punctuator(model).Write(["spell", "it", "out", "please", "b", "o", "b"], [0, 0, 0, 0, 2, 2]));
        Assert.Throws<ArgumentException>(() => new Punctuator(model).Write(["he", "came", "back"], [0]));
    }

    [Theory]
    [InlineData("London", "London")]
    [InlineData("small")]
    [InlineData("")]
    [InlineData("one two three")]
    public void Lists_that_name_no_form_are_refused(params string[] lines) => Assert.Throws<ArgumentException>(() => new WordForms(lines));
}
