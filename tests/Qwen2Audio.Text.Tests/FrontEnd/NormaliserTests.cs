using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Text.Tests.FrontEnd;

/// <summary>The table normalisation.tsv: a text and its words.</summary>
public sealed class NormaliserTests
{
    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach (var parts in File.ReadLines(Path.Combine(TestWords.Folder, "normalisation.tsv")).Select(line => line.Split('\t')).Where(parts => parts.Length == 2))
            data.Add(parts[0].Replace("\\n", "\n", StringComparison.Ordinal), parts[1]);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_text_becomes_these_words(string text, string words) => Assert.Equal(words, TestWords.Shown(TestWords.FrontEnd.Read(text)));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_word_has_phones_and_a_place_in_the_source(string text, string words)
    {
        Assert.NotEmpty(words);
        foreach (var sentence in TestWords.FrontEnd.Read(text))
        {
            Assert.Equal(sentence.Source, text.Substring((int)sentence.Start, sentence.Source.Length));
            Assert.All(sentence.Words, word => Assert.NotEmpty(word.Phones));
            Assert.All(sentence.Words, word => Assert.InRange(word.Start, sentence.Start, sentence.Start + sentence.Source.Length - word.Length));
            Assert.All(sentence.Words, word => Assert.InRange(word.Length, 1, int.MaxValue));
            Assert.Equal(sentence.Words.OrderBy(word => word.Start), sentence.Words);
            Assert.All(sentence.Words.SkipLast(1), word => Assert.InRange(word.Break, PhraseBreak.None, PhraseBreak.Comma));
        }
    }

    [Fact]
    public void The_order_of_day_and_month_is_an_option()
    {
        var british = new TextFrontEnd(new TestWords(), new TextFrontEndOptions { DayFirst = true });
        Assert.Equal("april third, twenty twenty six.", TestWords.Shown(british.Read("3/4/2026")));
        Assert.Equal("march fourth, twenty twenty six.", TestWords.Shown(TestWords.FrontEnd.Read("3/4/2026")));
        Assert.Equal("april thirteenth, twenty twenty six.", TestWords.Shown(TestWords.FrontEnd.Read("13/4/2026")));
    }

    [Fact]
    public void A_place_is_that_of_the_text_a_word_was_read_from()
    {
        const string text = "I pay $5.50 to Dr. Zoë.";
        var words = TestWords.FrontEnd.Read(text).Single().Words;
        Assert.Equal(["I", "pay", "$5.50", "$5.50", "$5.50", "$5.50", "$5.50", "to", "Dr.", "Zoë"], words.Select(word => text.Substring((int)word.Start, word.Length)));
    }
}
