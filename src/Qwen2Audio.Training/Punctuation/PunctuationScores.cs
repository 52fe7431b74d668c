using Qwen2Audio.Checkpoints.Punctuation;

namespace Qwen2Audio.Training.Punctuation;

/// <summary>How often something was restored rightly.</summary>
/// <param name="Right">Restored where the text has it.</param>
/// <param name="Restored">Restored at all.</param>
/// <param name="Printed">In the text.</param>
public readonly record struct RestoredCounts(int Right, int Restored, int Printed)
{
    /// <summary>Share of the restored ones that are right, 0…1.</summary>
    public double Precision => Restored == 0 ? 0 : (double)Right / Restored;

    /// <summary>Share of the text's that are restored, 0…1.</summary>
    public double Recall => Printed == 0 ? 0 : (double)Right / Printed;

    /// <summary>Their harmonic mean.</summary>
    public double F1 => Right == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    internal RestoredCounts Plus(bool restored, bool printed) => new(Right + (restored && printed ? 1 : 0), Restored + (restored ? 1 : 0), Printed + (printed ? 1 : 0));
}

/// <summary>How well a text's marks and capitals are restored from its words. Places whose mark is none of the marks are not counted, nor capitals after quotation marks.</summary>
public sealed class PunctuationScores
{
    private readonly RestoredCounts[] _marks = new RestoredCounts[PunctuationModel.Marks + 1];

    /// <summary>Number of words.</summary>
    public int Words { get; private set; }

    /// <summary>Whether the text has capitals or marks.</summary>
    public bool IsPrinted => Capitals.Printed + Commas.Printed + FullStops.Printed + QuestionMarks.Printed > 0;

    /// <summary>Commas.</summary>
    public RestoredCounts Commas => _marks[(int)Mark.Comma];

    /// <summary>Full stops.</summary>
    public RestoredCounts FullStops => _marks[(int)Mark.FullStop];

    /// <summary>Question marks.</summary>
    public RestoredCounts QuestionMarks => _marks[(int)Mark.QuestionMark];

    /// <summary>Words with capitals.</summary>
    public RestoredCounts Capitals { get; private set; }

    /// <summary>Words with capitals that do not begin a sentence of the text.</summary>
    public RestoredCounts CapitalsInside { get; private set; }

    /// <summary>Restores a passage, and compares.</summary>
    /// <param name="passage">The printed text.</param>
    /// <param name="write">Writes words.</param>
    public void Add(string passage, Func<IReadOnlyList<string>, IReadOnlyList<string>> write) => Add(PunctuatedText.Words(passage), write);

    /// <inheritdoc cref="Add(string, Func{IReadOnlyList{string}, IReadOnlyList{string}})"/>
    public void Add(IReadOnlyList<PunctuatedWord> words, Func<IReadOnlyList<string>, IReadOnlyList<string>> write)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(write);
        if (words.Count == 0 || words.Any(word => word.Word.Length == 0)) return; // not as it is heard
        var written = write([.. words.Select(word => word.Word)]);
        Words += words.Count;
        for (var i = 0; i < words.Count; i++)
        {
            var restored = written[i][^1] switch { ',' => Mark.Comma, '.' when written[i] != words[i].Written => Mark.FullStop, '?' => Mark.QuestionMark, _ => Mark.None };
            if (words[i].After is { } printed)
                for (var mark = Mark.Comma; mark <= Mark.QuestionMark; mark++) _marks[(int)mark] = _marks[(int)mark].Plus(restored == mark, printed == mark);
            var begins = i == 0 || words[i - 1].After is Mark.FullStop or Mark.QuestionMark;
            if (!begins && !words[i].ShowsForm) continue;
            var (has, should) = (written[i].Any(char.IsUpper), words[i].Written.Any(char.IsUpper));
            Capitals = Capitals.Plus(has, should);
            if (!begins) CapitalsInside = CapitalsInside.Plus(has, should);
        }
    }
}
