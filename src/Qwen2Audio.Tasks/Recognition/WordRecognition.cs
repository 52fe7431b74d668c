using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>A text that was found in the phones.</summary>
/// <param name="Text">Words, separated by spaces.</param>
/// <param name="Score">The logarithm of a scaled likelihood, without the language model.</param>
/// <param name="Language">The language model's score.</param>
internal readonly record struct SpokenWords(string Text, double Score, double Language);

/// <summary>Finds the words of a lexicon in the phones of a piece. Other words are not found: a lexicon that lacks a name writes words that sound like it.</summary>
internal sealed class WordRecognition
{
    private readonly Lexicon _lexicon;
    private readonly ShallowFusion _fusion;
    private readonly LexiconBeamSearch _search;
    private readonly double _priorWeight;
    private readonly IReadOnlyList<double>? _priors;

    /// <summary>Builds the prefix tree.</summary>
    /// <param name="lexicon">The words.</param>
    /// <param name="fusion">The language model.</param>
    /// <param name="settings">Width of the search, and weight of the priors.</param>
    /// <param name="priors">The phones' priors; null: those of each piece.</param>
    public WordRecognition(Lexicon lexicon, ShallowFusion fusion, SpeechSettings settings, IReadOnlyList<double>? priors)
    {
        (_priorWeight, _priors) = (settings.PhonePriorWeight, priors);
        var scores = fusion.Over(lexicon.Words);
        (_lexicon, _fusion, _search) = (lexicon, fusion, new LexiconBeamSearch(new LexiconTree(lexicon, scores.Alone), scores, settings.LexiconWidth, settings.LexiconBeam));
    }

    /// <summary>Number of words.</summary>
    public int Count => _lexicon.Words.Count;

    /// <summary>The most probable texts by phones and language model, best first; none when the audio seems to end within a word.</summary>
    public IEnumerable<SpokenWords> Find(CtcPosteriors phones, int count)
    {
        foreach (var (words, score) in _search.Search(phones.DividedByPriors(_priorWeight, _priors), count))
        {
            var text = string.Join(' ', words.Select(word => _lexicon.Words[word]));
            var language = _fusion.Score(text);
            yield return new SpokenWords(text, score - language, language);
        }
    }
}
