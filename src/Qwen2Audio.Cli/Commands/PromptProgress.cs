using Qwen2Audio.Tasks.Chat;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Shows on a terminal how much of a long conversation has been read, on one line that disappears with the first word of the answer.</summary>
internal sealed class PromptProgress : IDisposable
{
    private readonly ChatModel _model;
    private int _shown;

    /// <summary>Shows it from now on.</summary>
    public PromptProgress(ChatModel model)
    {
        _model = model;
        if (!Console.IsErrorRedirected) model.OnPromptPart = Show;
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        if (_shown > 0) Console.Error.Write($"\r{new string(' ', _shown)}\r");
        _shown = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.OnPromptPart = null;
        Clear();
    }

    private void Show(int done, int rows)
    {
        var text = $"… {done} of {rows} tokens of the conversation read";
        Console.Error.Write($"\r{text}");
        _shown = text.Length;
    }
}
