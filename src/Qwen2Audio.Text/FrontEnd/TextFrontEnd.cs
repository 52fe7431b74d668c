using System.Runtime.CompilerServices;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>
/// The text front end of English speech synthesis: divides text of any length into sentences, normalises them to words, and gives each word its phones and the pause after it. What cannot be
/// spoken is named in a warning. Needs memory for one sentence, and time in proportion to the text's length. Immutable, so that threads may share it.
/// </summary>
/// <param name="pronunciations">Dictionary and letter-to-sound.</param>
/// <param name="options">Settings; null: the defaults.</param>
public sealed class TextFrontEnd(IPronunciations pronunciations, TextFrontEndOptions? options = null)
{
    /// <summary>The most characters of a sentence; longer ones are divided, where possible at a comma or a space.</summary>
    public const int MostCharacters = 500;

    /// <summary>The most letters of a word; longer ones are not spoken.</summary>
    public const int MostLetters = 64;

    private readonly Pronouncer _pronouncer = new(pronunciations ?? throw new ArgumentNullException(nameof(pronunciations)));
    private readonly TextFrontEndOptions _options = options ?? new TextFrontEndOptions();

    /// <summary>The sentences of a text.</summary>
    public IEnumerable<SpokenSentence> Read(string text) => Read([text ?? throw new ArgumentNullException(nameof(text))]);

    /// <summary>The sentences of a text that comes in pieces, each as soon as it is known to be complete. The result does not depend on where the pieces end.</summary>
    /// <param name="pieces">The pieces, from the beginning; they may end within a word.</param>
    public IEnumerable<SpokenSentence> Read(IEnumerable<string> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        return All();

        IEnumerable<SpokenSentence> All()
        {
            var splitter = new SentenceSplitter();
            foreach (var piece in pieces)
            {
                splitter.Add(piece);
                while (splitter.Next(isEnd: false) is { } sentence) yield return Speak(sentence);
            }

            while (splitter.Next(isEnd: true) is { } sentence) yield return Speak(sentence);
        }
    }

    /// <summary>The sentences of a text that comes in pieces over time.</summary>
    /// <param name="pieces">The pieces, from the beginning; they may end within a word.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public async IAsyncEnumerable<SpokenSentence> ReadAsync(IAsyncEnumerable<string> pieces, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        var splitter = new SentenceSplitter();
        await foreach (var piece in pieces.WithCancellation(cancellationToken))
        {
            splitter.Add(piece);
            while (splitter.Next(isEnd: false) is { } sentence) yield return Speak(sentence);
        }

        while (splitter.Next(isEnd: true) is { } sentence) yield return Speak(sentence);
    }

    private SpokenSentence Speak(SourceSentence sentence) => _pronouncer.Speak(Normaliser.Read(sentence, _pronouncer.Knows, _options));
}
